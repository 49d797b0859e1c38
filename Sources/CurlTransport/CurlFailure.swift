import CCurl
import Fulfillment

extension TransportError {
    /// - Parameter detail: libcurl's own words; empty for its general ones. They name hosts and ports, never paths.
    init(code: CURLcode, detail: String, requestSent: Bool) {
        let words = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        let printable = String(decoding: words.utf8.filter { (0x20...0x7E).contains($0) }.prefix(160), as: UTF8.self)
        self.init(kind: Self.kind(of: code, requestSent: requestSent), detail: printable, requestSent: requestSent)
    }

    private static func kind(of code: CURLcode, requestSent: Bool) -> Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT: .connect
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
            .tls
        case CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND: .send
        case CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_WEIRD_SERVER_REPLY, CURLE_PARTIAL_FILE,
            CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            .receive
        // The body's limit is met only after a status line: without one, this was the head.
        case CURLE_WRITE_ERROR, CURLE_FILESIZE_EXCEEDED: .tooLarge
        // Once something was sent, this is the answer's protocol, not the URL's.
        case CURLE_UNSUPPORTED_PROTOCOL where requestSent: .receive
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: .invalidRequest
        default: .local
        }
    }
}
