import CurlTransport
import Fulfillment
import Orders

/// A client of the staff API over the socket of the running server, which takes whoever may open that socket for an
/// administrator.
struct ServerConnection: Sendable {
    let socket: UnixSocket
    let transport: CurlTransport

    /// An import's answer names every title of the catalog, at worst.
    static let longestAnswerBytes = 16 << 20
    static let longestWaitMilliseconds = 120_000

    static let notUnderstood = Failure(.software, "the server's answer is not understood: is it of another version?")

    /// - Returns: the answer's JSON; null when it has none.
    func send(
        _ method: String, _ target: String, body: [UInt8] = [], type: String = "application/json"
    ) async throws(Failure) -> JSONValue {
        let (status, json) = try await exchange(method, target, body: body, type: type)
        guard (200..<300).contains(status) else { throw Self.refusal(status, json) }
        guard let json else { throw Self.notUnderstood }
        return json
    }

    /// What `/readyz` says, ready or not.
    func readiness() async throws(Failure) -> JSONValue {
        let (_, json) = try await exchange("GET", "/readyz", body: [], type: "application/json")
        guard let json else { throw Self.notUnderstood }
        return json
    }

    /// - Returns: the status, and the answer's JSON: null when it has none, nil when it is not JSON.
    private func exchange(
        _ method: String, _ target: String, body: [UInt8], type: String
    ) async throws(Failure) -> (status: Int, json: JSONValue?) {
        var request = WebhookRequest(
            url: "http://localhost\(target)", headers: [(name: "Content-Type", value: type)], body: body)
        request.method = method
        request.timeoutMilliseconds = Self.longestWaitMilliseconds
        request.unixSocketPath = socket.address
        request.responseLimitBytes = Self.longestAnswerBytes
        let response: WebhookResponse
        do {
            response = try await transport.post(request)
        } catch {
            throw Failure(
                error.requestSent ? .temporaryFailure : .unavailable,
                "the server behind \(socket.path) does not answer (\(error.kind.rawValue))")
        }
        guard response.isComplete else { throw Self.notUnderstood }
        return (response.status, response.body.isEmpty ? .null : try? JSONReader.read(response.body))
    }

    func close() async { await transport.stop() }

    /// A problem document as a person reads it, every problem on its line.
    static func refusal(_ status: Int, _ problem: JSONValue?) -> Failure {
        let exit: SystemExit =
            switch status {
            case 401, 403: .noPermission
            case 404: .noInput
            case 429, 503: .temporaryFailure
            case 400..<500: .dataError
            default: .software
            }
        let title = problem?["detail"]?.stringValue ?? problem?["title"]?.stringValue ?? "the server answered \(status)"
        let lines = (problem?["errors"]?.arrayValue ?? []).map { entry in
            "  \(entry["pointer"]?.stringValue ?? ""): \(entry["detail"]?.stringValue ?? "")"
        }
        return Failure(exit, ([title] + lines).joined(separator: "\n"))
    }
}
