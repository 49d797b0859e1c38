import CurlTransport
import Foundation
import Fulfillment
import Orders
import TestSupport

/// A whole installation as an operator makes it: a migrated file, a catalog, a staff token, the house's receiver, and
/// the real program with real settings.
struct Deployment: Sendable {
    let program: Program
    let receiver: Receiver
    let staffToken: String
    let ours = HouseSignature.random()
    let house = HouseSignature.random()
    let client: CurlTransport

    init(
        answer: @escaping @Sendable (Receiver.Request, Int) -> Answer = { _, _ in .ok }
    ) async throws {
        receiver = try await Receiver(answer: answer)
        program = try Program(settings: [
            "MAILROOM_HTTP_PORT": "0", "MAILROOM_METRICS_PORT": "0", "MAILROOM_HTTP_RATE_ORDERS": "0",
            "MAILROOM_HTTP_RATE_STATUS": "0", "MAILROOM_FULFILLMENT_URL": receiver.url,
            "MAILROOM_FULFILLMENT_SECRETS": ours.secret, "MAILROOM_INBOUND_SECRETS": house.secret,
        ])
        client = try CurlTransport(maximumInFlight: 128, userAgent: "mailroom-tests")
        try program.mustRun("migrate")
        try program.mustRun("catalog", "import", Self.catalogPath)
        staffToken = try program.mustRun("token", "create", "--name", "tests", "--scope", "admin")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static var catalogPath: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Config/catalog.csv")
            .standardized.path
    }

    func stop() async {
        await client.stop()
        try? await receiver.close()
    }

    // MARK: Requests

    struct Reply: Sendable {
        let status: Int
        let json: JSONValue

        subscript(name: String) -> String? { json[name]?.stringValue }
    }

    func send(
        _ method: String, _ url: String, _ headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws -> Reply {
        let response = try await client.post(
            WebhookRequest(method: method, url: url, headers: headers, body: body, responseLimitBytes: 1 << 20))
        return Reply(status: response.status, json: (try? JSONReader.read(response.body)) ?? .null)
    }

    static func order(quantity: Int = 5, name: String = "Sample Reader") -> [UInt8] {
        Array(
            """
            {"items":[{"sku":"FSAC-NET-EN","quantity":\(quantity)}],"ship_to":{"name":"\(name)",\
            "line1":"1 Example Street","city":"Springfield","region":"IL","postal_code":"62701","country":"US"},\
            "email":"reader@example.org"}
            """.utf8)
    }

    func place(on server: RunningServer, key: String, body: [UInt8] = order()) async throws -> Reply {
        try await send(
            "POST", server.url + "/v1/orders", [("Content-Type", "application/json"), ("Idempotency-Key", key)],
            body: body)
    }

    func staff(_ path: String, on server: RunningServer) async throws -> Reply {
        try await send("GET", server.url + "/v1/staff/" + path, [("Authorization", "Bearer \(staffToken)")])
    }

    /// Tells the server what the house says, signed.
    func tell(_ server: RunningServer, id: String, type: String, data: String, at time: Timestamp) async throws -> Reply
    {
        let body = Array(#"{"type":"\#(type)","timestamp":"\#(time)","data":\#(data)}"#.utf8)
        return try await send(
            "POST", server.url + "/v1/webhooks/shipping", house.headers(id: id, body: body), body: body)
    }

    /// True when a request of the receiver carries a signature of ours over its very bytes.
    func isSigned(_ request: Receiver.Request) -> Bool {
        guard let id = request.header("webhook-id"), let timestamp = request.header("webhook-timestamp"),
            let signature = request.header("webhook-signature")
        else { return false }
        return ours.verifies(id: id, timestamp: timestamp, signature: signature, body: request.body)
    }
}

extension Program {
    /// Runs a command that must succeed, and returns what it printed.
    @discardableResult func mustRun(_ arguments: String...) throws -> String {
        let output = try run(arguments)
        guard output.status == 0 else {
            throw Failure(description: "\(arguments) ended with \(output.status): \(output.errors)")
        }
        return output.text
    }
}
