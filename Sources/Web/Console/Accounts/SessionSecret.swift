import Crypto
import Orders

/// What a browser holds of a session: 256 random bits. The store keeps its hash; forms carry a token made from it.
struct SessionSecret: Sendable, Hashable {
    private static let byteCount = 32

    private let bytes: [UInt8]

    static func random() -> SessionSecret {
        var generator = SystemRandomNumberGenerator()
        return SessionSecret(bytes: (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Nil for what we cannot have given out.
    init?(_ text: String) {
        guard text.utf8.count < 64, let bytes = Base64URL.decode(text), bytes.count == Self.byteCount else {
            return nil
        }
        self.bytes = bytes
    }

    var text: String { Base64URL.encode(bytes) }

    /// SHA-256: it is random, so nothing slower is needed.
    var hash: [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// What every form of this session carries, so that no other site's form is taken for ours. It tells nothing of the
    /// secret.
    var formToken: String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("form".utf8), using: SymmetricKey(data: bytes))
        return Base64URL.encode(Array(code.prefix(16)))
    }
}
