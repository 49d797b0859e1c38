/// Why a webhook was not believed. For the log and for integrators: the sender sees only that it was refused.
package enum SignatureProblem: String, Error, Sendable, CaseIterable {
    case missingID = "missing_id"
    case missingTimestamp = "missing_timestamp"
    case missingSignature = "missing_signature"
    /// Longer than 256 characters, or not printable ASCII; or sent twice with two values.
    case malformedID = "malformed_id"
    /// Not Unix seconds; or sent twice with two values.
    case malformedTimestamp = "malformed_timestamp"
    /// Holds no well-formed `v1,<base64 of 32 bytes>`.
    case malformedSignature = "malformed_signature"
    case stale
    case future
    /// No live secret makes any of the signatures: another secret, or other bytes.
    case mismatch

    /// A sentence for people.
    package var explanation: String {
        switch self {
        case .missingID: "The header webhook-id is missing."
        case .missingTimestamp: "The header webhook-timestamp is missing."
        case .missingSignature: "The header webhook-signature is missing."
        case .malformedID: "The header webhook-id is not one value of at most 256 printable characters."
        case .malformedTimestamp: "The header webhook-timestamp is not one whole number of Unix seconds."
        case .malformedSignature: "The header webhook-signature holds no \"v1,\" with the base64 of 32 bytes."
        case .stale: "The timestamp is too old: the sender's clock is behind, or the message was held back."
        case .future: "The timestamp lies ahead: the sender's clock is fast."
        case .mismatch: "The signature fits no live secret: the secret is another one, or the body was changed."
        }
    }
}
