import Crypto
import Foundation
package import Orders

/// Signs what we tell the house, as Standard Webhooks 1.0.
package struct WebhookSigner: Sendable {
    private let secrets: [WebhookSecret]

    /// - Parameter secrets: every live one, newest first: while secrets are rotated, either side may know only one.
    package init(secrets: [WebhookSecret]) { self.secrets = secrets }

    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`, with one `v1,` signature per secret.
    package func headers(id: String, at time: Timestamp, body: [UInt8]) -> [(name: String, value: String)] {
        let timestamp = String(time.seconds)
        let signatures = secrets.map { secret in
            var code = HMAC<SHA256>(key: secret.key)
            code.update(data: Array("\(id).\(timestamp).".utf8))
            code.update(data: body)
            return "v1," + Data(code.finalize()).base64EncodedString()
        }
        return [
            ("webhook-id", id), ("webhook-timestamp", timestamp),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
