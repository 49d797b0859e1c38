/// No answer came.
package struct TransportError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The host's name has no address.
        case resolve
        case connect
        /// No trust: certificate, protocol or handshake.
        case tls
        /// Connecting or the whole exchange took too long.
        case timeout
        case send
        /// The connection broke, or what came was not HTTP.
        case receive
        /// The answer's head is too large.
        case tooLarge = "too_large"
        /// The URL, method or a header cannot be sent at all.
        case invalidRequest = "invalid_request"
        /// The caller gave up, or the transport stops.
        case cancelled
        /// The transport itself failed.
        case local
    }

    package let kind: Kind
    /// For the log and staff: never quotes the URL's path, a header or a body.
    package let detail: String
    /// Some of the request left: the receiver may have acted on it.
    package let requestSent: Bool

    package init(kind: Kind, detail: String, requestSent: Bool) {
        self.kind = kind
        self.detail = detail
        self.requestSent = requestSent
    }
}
