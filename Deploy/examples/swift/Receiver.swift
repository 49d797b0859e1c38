import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A fulfillment house's receiver in Swift: verifies what Mailroom announces and takes each event once.
///
///     MAILROOM_SECRET=whsec_… swift run example-receiver 9090
///
/// A real one writes the event to its database before it answers, where this one keeps the ids in memory.
@main
struct Receiver {
    static func main() async throws {
        guard let secret = ProcessInfo.processInfo.environment["MAILROOM_SECRET"], let signature = Signature(secret)
        else {
            say("MAILROOM_SECRET is whsec_ and base64: Mailroom's fulfillment.secrets")
            return
        }
        let port = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 9090
        let taken = Taken()
        let router = Router()
        router.post("webhooks/mailroom") { request, _ -> HTTPResponse.Status in
            // The raw bytes, before anything parses them.
            let body = Array(buffer: try await request.body.collect(upTo: 1 << 20))
            func header(_ name: String) -> String { HTTPField.Name(name).flatMap { request.headers[$0] } ?? "" }
            let id = header("webhook-id")
            guard signature.fits(header("webhook-signature"), id, header("webhook-timestamp"), body) else {
                return .unauthorized
            }
            // The same event may come again: done already is as good as done.
            if taken.isNew(id) { say("took \(id)") }
            return .noContent
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in say("listening on port \(channel.localAddress?.port ?? port)") })
        try await application.runService()
    }
}

/// Written at once, also into a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, within five minutes.
struct Signature: Sendable {
    private let key: SymmetricKey

    init?(_ secret: String) {
        guard secret.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(secret.dropFirst(6))) else {
            return nil
        }
        key = SymmetricKey(data: bytes)
    }

    /// While secrets are rotated there are several signatures, with spaces between; one that fits is enough.
    func fits(_ header: String, _ id: String, _ timestamp: String, _ body: [UInt8]) -> Bool {
        guard let seconds = Double(timestamp), abs(Date().timeIntervalSince1970 - seconds) <= 300 else { return false }
        let signed = Array("\(id).\(timestamp).".utf8) + body
        return header.split(separator: " ").contains { signature in
            guard signature.hasPrefix("v1,"), let code = Data(base64Encoded: String(signature.dropFirst(3))) else {
                return false
            }
            // Compares in constant time.
            return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
        }
    }
}

final class Taken: Sendable {
    private let ids = Mutex<Set<String>>([])
    func isNew(_ id: String) -> Bool { ids.withLock { $0.insert(id).inserted } }
}
