import Fulfillment
import TestSupport
import Testing

@testable import CurlTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The transport against a real receiver. Each test has a transport of its own.
@Suite(.timeLimit(.hanging))
struct CurlTransportTests {
    private let transport: CurlTransport

    init() throws { transport = try CurlTransport(maximumInFlight: 64, userAgent: "mailroom-test/1") }

    private func request(_ url: String, _ body: String = "{}", timeoutMilliseconds: Int = 15_000) -> WebhookRequest {
        WebhookRequest(
            url: url, headers: [("Content-Type", "application/json"), ("webhook-id", "msg_1")],
            body: Array(body.utf8), timeoutMilliseconds: timeoutMilliseconds)
    }

    private func failure(_ request: WebhookRequest) async throws -> TransportError {
        try await #require(throws: TransportError.self) { try await transport.post(request) }
    }

    @Test func whatIsSentArrivesAsItIs() async throws {
        let receiver = try await Receiver(script: [
            .status(
                202, headers: [("Retry-After", "7"), ("X-Other", "x"), ("Content-Type", "text/plain")],
                body: Array("thanks".utf8))
        ])
        let body = "{\"a\": \"ü\\u0000\"}"
        let response = try await transport.post(request(receiver.url, body))
        #expect(response.status == 202)
        #expect(response.body == Array("thanks".utf8))
        #expect(response.isComplete)
        #expect(response.header("retry-after") == "7")
        #expect(response.header("Content-Type") == "text/plain")
        #expect(response.header("x-other") == nil)

        let came = try #require(await receiver.requests(1).first)
        #expect(came.method == "POST")
        #expect(came.path == "/hook")
        #expect(came.body == Array(body.utf8))
        #expect(came.values("content-type") == ["application/json"])
        #expect(came.header("webhook-id") == "msg_1")
        #expect(came.header("user-agent") == "mailroom-test/1")
        #expect(came.header("expect") == nil)
        #expect(came.header("accept-encoding") == nil)
    }

    @Test func aLargeBodyIsSentWithoutAskingFirst() async throws {
        let receiver = try await Receiver()
        let body = String(repeating: "x", count: 3 << 20)
        #expect(try await transport.post(request(receiver.url, body)).status == 200)
        let came = try #require(await receiver.requests(1).first)
        #expect(came.body.count == 3 << 20)
        #expect(came.header("expect") == nil)
    }

    @Test(arguments: ["GET", "PUT", "PATCH", "DELETE"])
    func otherMethodsGoWithAndWithoutABody(method: String) async throws {
        let receiver = try await Receiver()
        for body in ["", "{\"n\":1}"] where method != "GET" || body.isEmpty {
            var request = request(receiver.url, body)
            request.method = method
            #expect(try await transport.post(request).status == 200)
        }
        let came = receiver.log.entries
        #expect(came.allSatisfy { $0.method == method })
        #expect(came.map(\.body.count) == (method == "GET" ? [0] : [0, 7]))
    }

    @Test func anEmptyPostHasNoBodyAndNoTypeOfItsOwn() async throws {
        let receiver = try await Receiver()
        #expect(try await transport.post(WebhookRequest(url: receiver.url)).status == 200)
        let came = try #require(await receiver.requests(1).first)
        #expect(came.method == "POST")
        #expect(came.header("content-length") == "0")
        #expect(came.header("content-type") == nil)
    }

    @Test func aUnixSocketTakesTheHostsPlace() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/s"
        let receiver = try await Receiver(unixSocketPath: path)
        var request = request("http://localhost/v1/staff/tokens")
        request.unixSocketPath = path
        #expect(try await transport.post(request).status == 200)
        #expect(await receiver.requests(1).first?.path == "/v1/staff/tokens")
        try await receiver.close()
    }

    @Test func aMissingUnixSocketIsAFailureToConnect() async throws {
        var request = request("http://localhost/")
        request.unixSocketPath = "/nonexistent/socket"
        let failure = try await failure(request)
        #expect(failure.kind == .connect)
        #expect(!failure.requestSent)
    }

    @Test func aRefusedConnectionSentNothing() async throws {
        let receiver = try await Receiver()
        let url = receiver.url
        try await receiver.close()
        let failure = try await failure(request(url))
        #expect(failure.kind == .connectRefused)
        #expect(!failure.requestSent)
        #expect(!failure.detail.contains("/hook"))
    }

    @Test func anUnknownHostIsNotResolved() async throws {
        let failure = try await failure(request("http://no-such-host.invalid/", timeoutMilliseconds: 5000))
        #expect(failure.kind == .resolve)
        #expect(!failure.requestSent)
    }

    @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "no url at all", "http://127.0.0.1:99999/"])
    func whatIsNoHTTPAddressIsNotTried(url: String) async throws {
        let failure = try await failure(request(url))
        #expect(failure.kind == .invalidRequest)
        #expect(!failure.requestSent)
    }

    @Test func aHeaderCannotSmuggleInAnother() async throws {
        let receiver = try await Receiver()
        var request = request(receiver.url)
        request.headers.append(("x", "1\r\nwebhook-id: msg_2"))
        #expect(try await failure(request).kind == .invalidRequest)
        request.headers = [("x\r\ny", "1")]
        #expect(try await failure(request).kind == .invalidRequest)
        #expect(receiver.log.entries.isEmpty)
    }

    @Test func silenceTimesOutAfterTheRequestWasSent() async throws {
        let receiver = try await Receiver(script: [.silence])
        let failure = try await failure(request(receiver.url, timeoutMilliseconds: 200))
        #expect(failure.kind == .answerTimeout)
        #expect(failure.requestSent)
    }

    @Test func aHeadThatDripsForeverTimesOut() async throws {
        let receiver = try await Receiver(script: [
            Answer([.bytes(Array("HTTP/1.1 ".utf8)), .drip(Array("2".utf8), everyMilliseconds: 20)])
        ])
        let failure = try await failure(request(receiver.url, timeoutMilliseconds: 300))
        #expect(failure.kind == .answerTooSlow)
    }

    @Test func aRedirectIsAnAnswerAndNotFollowed() async throws {
        let other = try await Receiver()
        let receiver = try await Receiver(script: [.redirect(to: other.url)])
        #expect(try await transport.post(request(receiver.url)).status == 302)
        #expect(other.connectionCount == 0)
    }

    @Test func aResetBeforeTheStatusLineIsNoAnswer() async throws {
        let receiver = try await Receiver(script: [Answer([.reset])])
        let failure = try await failure(request(receiver.url))
        #expect(failure.kind == .reset)
        #expect(failure.requestSent)
    }

    @Test(arguments: ["", "HTTP/1.1 2"])
    func aCloseBeforeTheStatusLineIsNoAnswer(beginning: String) async throws {
        let receiver = try await Receiver(script: [Answer([.bytes(Array(beginning.utf8)), .close])])
        let failure = try await failure(request(receiver.url))
        #expect(failure.kind == .closed)
        #expect(failure.requestSent)
    }

    @Test func aReceiverThatDoesNotReadIsGivenUp() async throws {
        let deaf = try IdleListener(room: 4)
        let body = String(repeating: "x", count: 64 << 20)
        let failure = try await failure(request("http://127.0.0.1:\(deaf.port)/", body, timeoutMilliseconds: 1000))
        #expect(failure.kind == .sendTimeout)
        #expect(failure.requestSent)
    }

    @Test func aListenerThatTakesNobodyIsNotWaitedForLong() async throws {
        let full = try IdleListener(room: 0)
        var request = request("http://127.0.0.1:\(full.port)/hook")
        request.connectTimeoutMilliseconds = 300
        let failure = try await failure(request)
        #expect(failure.kind == .connectTimeout)
        #expect(!failure.requestSent)
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "<html>\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 99 Early\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello",
    ])
    func anAnswerThatIsNotHTTPIsNoAnswer(text: String) async throws {
        let receiver = try await Receiver(script: [Answer([.bytes(Array(text.utf8)), .close])])
        let failure = try await failure(request(receiver.url))
        #expect(failure.kind == .notHTTP)
        #expect(!failure.detail.isEmpty)
        #expect(failure.requestSent)
    }

    @Test func aHeadWithoutEndIsCutOff() async throws {
        let line = Array("X-Filler: \(String(repeating: "f", count: 4000))\r\n".utf8)
        let receiver = try await Receiver(script: [
            Answer([.bytes(Array("HTTP/1.1 100 Continue\r\n".utf8)), .drip(line, everyMilliseconds: 1)])
        ])
        #expect(try await failure(request(receiver.url)).kind == .headTooLarge)
    }

    @Test func aStatusLineWithoutEndIsCutOff() async throws {
        let line = Array("HTTP/1.1 200 \(String(repeating: "O", count: 200_000))".utf8)
        let receiver = try await Receiver(script: [Answer([.bytes(line), .drip(line, everyMilliseconds: 1)])])
        #expect(try await failure(request(receiver.url)).kind == .headTooLarge)
    }

    @Test func theConnectionIsUsedAgain() async throws {
        let receiver = try await Receiver()
        for _ in 1...10 { #expect(try await transport.post(request(receiver.url)).status == 200) }
        #expect(receiver.connectionCount == 1)
    }
}

/// Listens and accepts nobody. In its queue is `room`: without any it is full, and the system answers no further SYN;
/// with some a connection comes about, and nobody reads.
private final class IdleListener {
    let port: UInt16
    private var sockets: [Int32] = []

    init(room: Int32) throws {
        let listener = try #require(Self.open())
        sockets.append(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, room) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(bound)
        port = UInt16(bigEndian: address.sin_port)
        for _ in 0..<(room == 0 ? 4 : 0) {
            let filler = try #require(Self.open())
            sockets.append(filler)
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(filler, $0, size) }
            }
        }
    }

    deinit { for socket in sockets { close(socket) } }

    /// Does not block: connecting to a full queue would take minutes.
    private static func open() -> Int32? {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }
}
