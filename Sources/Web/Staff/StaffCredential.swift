import Crypto
import Orders

/// A staff token: shown once, kept as a hash.
package struct StaffCredential: Sendable {
    /// `mrt_` and the base64url of 32 random bytes.
    package let text: String

    package init(text: String) { self.text = text }

    /// Draws one from the system's generator.
    package static func random() -> StaffCredential {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return StaffCredential(text: "mrt_" + Base64URL.encode(bytes))
    }

    /// SHA-256 of the text: a token is random, so nothing slower is needed.
    package var hash: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }
}
