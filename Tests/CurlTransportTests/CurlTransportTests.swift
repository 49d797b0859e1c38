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
@Suite(.timeLimit(.minutes(1)))
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
        #expect(failure.kind == .connect)
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
        #expect(failure.kind == .timeout)
        #expect(failure.requestSent)
    }

    @Test func aHeadThatDripsForeverTimesOut() async throws {
        let receiver = try await Receiver(script: [
            Answer([.bytes(Array("HTTP/1.1 ".utf8)), .drip(Array("2".utf8), everyMilliseconds: 20)])
        ])
        let failure = try await failure(request(receiver.url, timeoutMilliseconds: 300))
        #expect(failure.kind == .timeout)
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
        #expect(failure.kind == .receive)
        #expect(failure.requestSent)
    }

    @Test func anAnswerThatIsNotHTTPIsNoAnswer() async throws {
        let receiver = try await Receiver(script: [Answer([.bytes(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)), .close])])
        let failure = try await failure(request(receiver.url))
        #expect(failure.kind == .receive)
        #expect(failure.requestSent)
    }

    @Test func aHeadWithoutEndIsCutOff() async throws {
        let line = Array("X-Filler: \(String(repeating: "f", count: 4000))\r\n".utf8)
        let receiver = try await Receiver(script: [
            Answer([.bytes(Array("HTTP/1.1 100 Continue\r\n".utf8)), .drip(line, everyMilliseconds: 1)])
        ])
        #expect(try await failure(request(receiver.url)).kind == .tooLarge)
    }

    @Test func theConnectionIsUsedAgain() async throws {
        let receiver = try await Receiver()
        for _ in 1...10 { #expect(try await transport.post(request(receiver.url)).status == 200) }
        #expect(receiver.connectionCount == 1)
    }
}
