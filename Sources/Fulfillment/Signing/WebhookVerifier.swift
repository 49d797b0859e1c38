import Crypto
import Foundation
package import Orders

/// What the house's message proved.
package struct VerifiedWebhook: Sendable, Hashable {
    /// The house's `webhook-id`.
    package let id: String
    package let signedAt: Timestamp
}

/// Believes or refuses what claims to come from the house, as Standard Webhooks 1.0.
package struct WebhookVerifier: Sendable {
    /// Each candidate costs one HMAC of the body per secret: a flood of them in one header must not.
    private static let candidateLimit = 16

    private let secrets: [WebhookSecret]
    private let toleranceSeconds: Int64

    /// - Parameter secrets: any of them may verify.
    package init(secrets: [WebhookSecret], toleranceSeconds: Int = 300) {
        self.secrets = secrets
        self.toleranceSeconds = Int64(toleranceSeconds)
    }

    /// Every value of each header, as they came. Two signature headers count as one with all their signatures; two
    /// ids or timestamps must say the same.
    package func verify(
        ids: [String], timestamps: [String], signatures: [String], body: [UInt8], at now: Timestamp
    ) -> Result<VerifiedWebhook, SignatureProblem> {
        if Set(ids).count > 1 { return .failure(.malformedID) }
        if Set(timestamps).count > 1 { return .failure(.malformedTimestamp) }
        return verify(
            id: ids.first, timestamp: timestamps.first,
            signature: signatures.isEmpty ? nil : signatures.joined(separator: " "), body: body, at: now)
    }

    /// - Parameter body: the raw bytes, before anything read them.
    package func verify(
        id: String?, timestamp: String?, signature: String?, body: [UInt8], at now: Timestamp
    ) -> Result<VerifiedWebhook, SignatureProblem> {
        guard let id, !id.isEmpty else { return .failure(.missingID) }
        guard let timestamp, !timestamp.isEmpty else { return .failure(.missingTimestamp) }
        guard let signature, !signature.isEmpty else { return .failure(.missingSignature) }
        guard id.utf8.count <= 256, id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return .failure(.malformedID)
        }
        guard let seconds = Self.seconds(timestamp) else { return .failure(.malformedTimestamp) }
        let candidates = Self.candidates(in: signature)
        guard !candidates.isEmpty else { return .failure(.malformedSignature) }
        if seconds < now.seconds - toleranceSeconds { return .failure(.stale) }
        if seconds > now.seconds + toleranceSeconds { return .failure(.future) }
        let signed = Array("\(id).\(timestamp).".utf8) + body
        let isGenuine = secrets.contains { secret in
            candidates.contains {
                HMAC<SHA256>.isValidAuthenticationCode($0, authenticating: signed, using: secret.key)
            }
        }
        guard isGenuine else { return .failure(.mismatch) }
        return .success(VerifiedWebhook(id: id, signedAt: Timestamp(milliseconds: seconds * 1000)))
    }

    /// At most twelve digits, so that no arithmetic can overflow.
    private static func seconds(_ text: String) -> Int64? {
        guard (1...12).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }

    /// What follows each `v1`; other versions are passed over.
    ///
    /// Commas and spaces part alike: a proxy that joins repeated headers puts a comma between two signatures.
    private static func candidates(in header: String) -> [Data] {
        let pieces = header.split { $0 == "," || $0 == " " || $0 == "\t" }
        var found: [Data] = []
        for (version, signature) in zip(pieces, pieces.dropFirst()) where version == "v1" {
            guard let bytes = Data(base64Encoded: String(signature)), bytes.count == SHA256.byteCount else { continue }
            found.append(bytes)
            if found.count == candidateLimit { break }
        }
        return found
    }
}
