package import Crypto
import Foundation

/// A shared secret of Standard Webhooks: `whsec_` and the base64 of 24–64 bytes.
///
/// It never prints itself: `description` and reflection show its fingerprint only.
package struct WebhookSecret: Sendable, Equatable {
    private static let prefix = "whsec_"

    package let key: SymmetricKey

    private init(key: SymmetricKey) { self.key = key }

    /// Nil for anything but `whsec_<base64 with padding>` of 24–64 bytes.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// 32 bytes of the system's generator.
    package static func random() -> WebhookSecret { WebhookSecret(key: SymmetricKey(size: .bits256)) }

    /// The secret itself, to be written where its owner asked for it and nowhere else.
    package var text: String { Self.prefix + key.withUnsafeBytes { Data($0) }.base64EncodedString() }

    /// Eight hexadecimal digits that tell one secret from another and say nothing about it: for logs.
    package var fingerprint: String {
        var hash = SHA256()
        hash.update(data: Data("mailroom webhook secret".utf8))
        key.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize().prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 2 ? digits : "0" + digits
        }.joined()
    }
}

extension WebhookSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "whsec_…\(fingerprint)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
