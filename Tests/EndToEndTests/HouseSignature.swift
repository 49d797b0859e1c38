import Crypto
import Foundation

/// Standard Webhooks written a second time, from the specification and not from our sources, so that the two check
/// each other. Its own check is the specification's published vector, in `WholeLineTests`.
struct HouseSignature {
    let secret: String

    static func random() -> HouseSignature {
        HouseSignature(secret: "whsec_" + Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString())
    }

    private func mac(id: String, timestamp: String, body: [UInt8]) -> String {
        let key = SymmetricKey(data: Data(base64Encoded: String(secret.dropFirst("whsec_".count)))!)
        var signed = Data("\(id).\(timestamp).".utf8)
        signed.append(contentsOf: body)
        return "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
    }

    func headers(id: String, at time: Date = Date(), body: [UInt8]) -> [(name: String, value: String)] {
        let timestamp = String(Int(time.timeIntervalSince1970))
        return [
            ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", timestamp),
            ("webhook-signature", mac(id: id, timestamp: timestamp, body: body)),
        ]
    }

    /// True when one of the space-separated signatures is ours.
    func verifies(id: String, timestamp: String, signature: String, body: [UInt8]) -> Bool {
        signature.split(separator: " ").contains { $0 == mac(id: id, timestamp: timestamp, body: body) }
    }
}
