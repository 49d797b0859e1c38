import Crypto
import Orders

/// A staff token's text, shown once, and the hash that is kept of it.
struct StaffCredential: Sendable {
    let text: String
    /// SHA-256 of the text: it is random, so that nothing slower is needed.
    let hash: [UInt8]

    static func random() -> StaffCredential {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = "mrs_" + Base64URL.encode(bytes)
        return StaffCredential(text: text, hash: Array(SHA256.hash(data: Array(text.utf8))))
    }
}
