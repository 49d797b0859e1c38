/// No answer came.
package struct TransportError: Error, Sendable, Hashable {
    /// The raw values are written into attempts, for staff and for programs: they never change.
    package enum Kind: String, Sendable, CaseIterable {
        /// The host's name has no address.
        case resolve
        case resolveTimeout = "resolve_timeout"
        /// There is no way to the host, or no such socket.
        case connect
        case connectRefused = "connect_refused"
        case connectTimeout = "connect_timeout"
        /// No handshake came about, for another reason than the certificate.
        case tls
        case tlsTimeout = "tls_timeout"
        case tlsExpired = "tls_expired"
        case tlsNotYetValid = "tls_not_yet_valid"
        case tlsWrongHost = "tls_wrong_host"
        case tlsSelfSigned = "tls_self_signed"
        /// Nobody whom this machine trusts vouches for the certificate.
        case tlsUntrusted = "tls_untrusted"
        case send
        /// The request did not get out in time: the receiver does not read.
        case sendTimeout = "send_timeout"
        /// Not a byte of an answer came in time.
        case answerTimeout = "answer_timeout"
        /// The answer began, and its status line was not there in time.
        case answerTooSlow = "answer_too_slow"
        case receive
        case reset
        /// Closed in good order, without an answer.
        case closed
        case notHTTP = "not_http"
        /// The answer's head is too large.
        case headTooLarge = "head_too_large"
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
