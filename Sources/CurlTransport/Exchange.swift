import CCurl
import Fulfillment

/// One easy handle, used for one request after the other, and what came back so far.
///
/// Confined to the loop's queue, as the callbacks are: libcurl calls them from within `curl_multi_perform`.
final class Exchange {
    /// Far more than a sane answer's head; libcurl itself stops only a single line of 100 kB.
    private static let headLimitBytes = 64 * 1024
    private static let keptHeaders: Set<String> = ["content-type", "etag", "location", "retry-after"]

    let handle: UnsafeMutableRawPointer
    /// Set when the request cannot be sent at all.
    private(set) var problem: CURLcode?
    private let errorText: UnsafeMutablePointer<CChar>
    private var requestHeaders: UnsafeMutablePointer<curl_slist>?
    private var post: Post?
    /// 0 until the status line of the final answer.
    private var status = 0
    private var headBytes = 0
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []

    init?() {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(requestHeaders)
        errorText.deallocate()
    }

    var isCancelled: Bool { post?.ticket.isCancelled ?? false }

    /// Makes the handle ready to be added to the multi handle; see `problem`.
    func begin(_ post: Post, userAgent: String) {
        self.post = post
        status = 0
        headBytes = 0
        headers = []
        body = []
        problem = nil
        errorText[0] = 0
        curl_easy_reset(handle)
        setRules(userAgent: userAgent)
        setRequest(post.request)
    }

    /// What holds for every request.
    private func setRules(userAgent: String) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        // Not what the environment says.
        set(CURLOPT_PROXY, "")
        // Without it, 7.88.1 blocks the whole multi handle while it joins a resolver that timed out.
        set(CURLOPT_QUICK_EXIT, 1)
        // The HTTP/2 of 7.88.1 has bugs that were mended in 8.0 only.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_MAXLIFETIME_CONN, 300)
        set(CURLOPT_MAXAGE_CONN, 30)
        set(CURLOPT_USERAGENT, userAgent)
        set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        let context = Unmanaged.passUnretained(self).toOpaque()
        set(CURLOPT_HEADERDATA, context)
        set(CURLOPT_WRITEDATA, context)
        note(ccurl_easy_set_receiver(handle, CURLOPT_HEADERFUNCTION, receiveHead))
        note(ccurl_easy_set_receiver(handle, CURLOPT_WRITEFUNCTION, receiveBody))
    }

    private func setRequest(_ request: WebhookRequest) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeoutMilliseconds)
        set(CURLOPT_TIMEOUT_MS, request.timeoutMilliseconds)
        if let path = request.unixSocketPath { set(CURLOPT_UNIX_SOCKET_PATH, path) }
        if request.onlyConnects {
            set(CURLOPT_CONNECT_ONLY, 1)
            // Such a connection must not be given to a request.
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        guard methods.contains(request.method) else { return note(CURLE_BAD_FUNCTION_ARGUMENT) }
        if request.body.isEmpty, request.method != "POST" {
            set(CURLOPT_HTTPGET, 1)
        } else {
            set(CURLOPT_POST, 1)
            // Before the fields, which are copied at once and by this size.
            note(ccurl_easy_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
            if request.body.isEmpty {
                set(CURLOPT_COPYPOSTFIELDS, "")
            } else {
                request.body.withUnsafeBytes {
                    set(CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
                }
            }
        }
        if request.method != "GET", request.method != "POST" { set(CURLOPT_CUSTOMREQUEST, request.method) }
        setHeaders(request)
    }

    private func setHeaders(_ request: WebhookRequest) {
        curl_slist_free_all(requestHeaders)
        requestHeaders = nil
        // No wait for "100 Continue".
        append("Expect:")
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) { append("Content-Type:") }
        for (name, value) in request.headers {
            guard Self.isPlain(name), Self.isPlain(value) else { return note(CURLE_BAD_FUNCTION_ARGUMENT) }
            // libcurl's way to send a header without a value.
            append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        set(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(requestHeaders))
    }

    private func append(_ line: String) {
        guard let longer = curl_slist_append(requestHeaders, line) else { return note(CURLE_OUT_OF_MEMORY) }
        requestHeaders = longer
    }

    /// A control character could end the header and begin another.
    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }

    private func set(_ option: CURLoption, _ value: Int) { note(ccurl_easy_set_long(handle, option, value)) }

    private func set(_ option: CURLoption, _ value: String) { note(ccurl_easy_set_text(handle, option, value)) }

    private func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
        note(ccurl_easy_set_pointer(handle, option, value))
    }

    private func note(_ code: CURLcode) { if code != CURLE_OK, problem == nil { problem = code } }
}

/// What comes back.
extension Exchange {
    /// One line of the head.
    /// - Returns: false to break the exchange off.
    fileprivate func receive(head line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        guard headBytes <= Self.headLimitBytes else { return false }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            let code = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            // 1xx only announces the answer.
            status = (200..<1000).contains(code) ? code : 0
            headers = []
        } else if let colon = text.firstIndex(of: ":") {
            let name = text[..<colon].lowercased()
            if Self.keptHeaders.contains(name) {
                let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                headers.append((name, String(value.prefix { !$0.isNewline })))
            }
        }
        return true
    }

    fileprivate func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        let room = (post?.request.responseLimitBytes ?? 0) - body.count
        body.append(contentsOf: bytes.prefix(max(0, room)))
        return bytes.count <= room
    }

    /// Gives the answer, or tells why there is none.
    func end(_ code: CURLcode) {
        finish(isComplete: code == CURLE_OK) { post in
            TransportError(
                CurlFailure(
                    code, of: handle, words: String(cString: errorText), bodyBytes: post.request.body.count))
        }
    }

    /// Gives up a transfer that libcurl has not ended; call before its handle is removed.
    func abort(_ kind: TransportError.Kind, _ detail: String) {
        finish(isComplete: false) { _ in TransportError(kind: kind, detail: detail, requestSent: wasSent) }
    }

    private func finish(isComplete: Bool, failure: (Post) -> TransportError) {
        guard let post else { return }
        self.post = nil
        // With the status line the receiver has answered, whatever followed.
        if status != 0 || (isComplete && post.request.onlyConnects) {
            post.answer.resume(
                returning: .success(
                    WebhookResponse(status: status, headers: headers, body: body, isComplete: isComplete)))
        } else {
            post.answer.resume(returning: .failure(failure(post)))
        }
    }

    private var wasSent: Bool {
        var bytes = 0
        ccurl_easy_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
        return bytes > 0
    }
}

private let receiveHead: curl_write_callback = { data, size, count, context in
    guard let context else { return 0 }
    let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    return exchange.receive(head: UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}

private let receiveBody: curl_write_callback = { data, size, count, context in
    guard let context else { return 0 }
    let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    return exchange.receive(body: UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}
