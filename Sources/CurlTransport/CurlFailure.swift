import CCurl
import Fulfillment

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What libcurl knows of an exchange that brought no answer: the code alone lumps together what staff must tell apart.
struct CurlFailure {
    /// libcurl's `MAX_INITIAL_POST_SIZE`.
    private static let sentWithHeadBytes = 64 * 1024

    let code: CURLcode
    /// libcurl's own words; empty for its general ones. They name hosts and ports, never paths.
    let words: String
    let bodyBytes: Int
    private let sentBytes: Int
    private let sentBodyBytes: Int
    private let systemError: Int32
    /// The verdict of OpenSSL: an `X509_V_ERR_…`. 0 without TLS, 1 from the start of a handshake until there is one.
    private let certificateVerdict: Int
    private let isConnected: Bool
    private let hasAnswerBegun: Bool

    /// Call before the handle is used again.
    init(_ code: CURLcode, of handle: UnsafeMutableRawPointer, words: String, bodyBytes: Int) {
        self.code = code
        self.words = words
        self.bodyBytes = bodyBytes
        sentBytes = Self.long(CURLINFO_REQUEST_SIZE, of: handle)
        sentBodyBytes = Self.offset(CURLINFO_SIZE_UPLOAD_T, of: handle)
        systemError = Int32(truncatingIfNeeded: Self.long(CURLINFO_OS_ERRNO, of: handle))
        certificateVerdict = Self.long(CURLINFO_SSL_VERIFYRESULT, of: handle)
        isConnected = Self.offset(CURLINFO_PRETRANSFER_TIME_T, of: handle) > 0
        // The upload of a body that libcurl does not send with the head counts as a start, too.
        hasAnswerBegun =
            bodyBytes < Self.sentWithHeadBytes && Self.offset(CURLINFO_STARTTRANSFER_TIME_T, of: handle) > 0
    }

    var requestSent: Bool { sentBytes > 0 }

    var kind: TransportError.Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT: unconnected
        case CURLE_OPERATION_TIMEDOUT: timeout
        case CURLE_PEER_FAILED_VERIFICATION: distrust
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_CLIENTCERT, CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
            .tls
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR: broken
        case CURLE_SEND_FAIL_REWIND: .send
        case CURLE_GOT_NOTHING: .closed
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2, CURLE_HTTP2_STREAM: .notHTTP
        case CURLE_PARTIAL_FILE: .receive
        // The body's limit is met only after a status line: without one, this was the head.
        case CURLE_WRITE_ERROR, CURLE_FILESIZE_EXCEEDED: .headTooLarge
        // What libcurl says of a single line that it will not keep.
        case CURLE_OUT_OF_MEMORY where hasAnswerBegun: .headTooLarge
        // An answer that only announced another, such as 101, or whose protocol is not ours.
        case CURLE_OK: .notHTTP
        case CURLE_UNSUPPORTED_PROTOCOL where requestSent: .notHTTP
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: .invalidRequest
        default: .local
        }
    }

    /// By how far it came.
    private var timeout: TransportError.Kind {
        if Self.says("Resolving", words) { return .resolveTimeout }
        if !isConnected { return certificateVerdict == 0 ? .connectTimeout : .tlsTimeout }
        if sentBodyBytes < bodyBytes { return .sendTimeout }
        return hasAnswerBegun ? .answerTooSlow : .answerTimeout
    }

    private var unconnected: TransportError.Kind {
        switch systemError {
        case ECONNREFUSED: .connectRefused
        // Taken and dropped before libcurl looked.
        case ECONNRESET: .reset
        default: .connect
        }
    }

    private var broken: TransportError.Kind {
        if systemError == ECONNRESET || systemError == EPIPE { return .reset }
        return code == CURLE_SEND_ERROR ? .send : .receive
    }

    /// OpenSSL's numbers; other libraries than OpenSSL give none, and the kind is `tls` then.
    private var distrust: TransportError.Kind {
        switch certificateVerdict {
        case 9: .tlsNotYetValid
        case 10: .tlsExpired
        case 18: .tlsSelfSigned
        case 2, 19, 20, 21, 24, 27: .tlsUntrusted
        case 62, 64: .tlsWrongHost
        // libcurl compares the names itself, before it asks OpenSSL.
        default: Self.says("subject name", words) || Self.says("does not match", words) ? .tlsWrongHost : .tls
        }
    }

    private static func says(_ part: String, _ words: String) -> Bool { words.contains(part) }

    private static func long(_ info: CURLINFO, of handle: UnsafeMutableRawPointer) -> Int {
        var value = 0
        ccurl_easy_get_long(handle, info, &value)
        return value
    }

    private static func offset(_ info: CURLINFO, of handle: UnsafeMutableRawPointer) -> Int {
        var value: curl_off_t = 0
        ccurl_easy_get_offset(handle, info, &value)
        return Int(value)
    }
}

extension TransportError {
    init(_ failure: CurlFailure) {
        var words = failure.words
        if words.isEmpty {
            let code = failure.code
            words = code == CURLE_OK ? "no final status came" : String(cString: curl_easy_strerror(code))
        }
        let printable = String(decoding: words.utf8.filter { (0x20...0x7E).contains($0) }.prefix(160), as: UTF8.self)
        self.init(kind: failure.kind, detail: printable, requestSent: failure.requestSent)
    }
}
