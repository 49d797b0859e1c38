import CurlTransport
import Fulfillment
import TestSupport
import Testing

/// With the status line the receiver has answered, whatever follows.
@Suite(.timeLimit(.hanging))
struct StatusLineTests {
    private let transport: CurlTransport

    init() throws { transport = try CurlTransport(maximumInFlight: 4, userAgent: "mailroom-test/1") }

    private func answer(_ steps: [Answer.Step], timeoutMilliseconds: Int = 15_000) async throws -> WebhookResponse {
        let receiver = try await Receiver(script: [Answer(steps)])
        return try await transport.post(
            WebhookRequest(url: receiver.url, body: Array("{}".utf8), timeoutMilliseconds: timeoutMilliseconds))
    }

    private func head(_ status: Int, length: Int) -> [UInt8] {
        Answer.head(status, [("Content-Length", String(length))])
    }

    @Test func aBodyAtTheLimitIsWhole() async throws {
        let response = try await answer([.bytes(head(200, length: 16_384) + [UInt8](repeating: 65, count: 16_384))])
        #expect(response.body.count == 16_384)
        #expect(response.isComplete)
    }

    @Test func aBodyOverTheLimitIsCutAndStillASuccess() async throws {
        let response = try await answer([.bytes(head(200, length: 16_385) + [UInt8](repeating: 65, count: 16_385))])
        #expect(response.status == 200)
        #expect(response.body.count == 16_384)
        #expect(!response.isComplete)
    }

    @Test func aBodyWithoutEndIsCutAndStillASuccess() async throws {
        let response = try await answer([
            .bytes(Answer.head(200, [])), .drip([UInt8](repeating: 65, count: 5000), everyMilliseconds: 1),
        ])
        #expect(response.status == 200)
        #expect(response.body.count == 16_384)
    }

    @Test(arguments: [200, 204, 299, 503])
    func aResetWithinTheBodyLeavesTheStatus(status: Int) async throws {
        let response = try await answer([.bytes(head(status, length: 100) + [65]), .reset])
        #expect(response.status == status)
        // 204 has no body that could break.
        #expect(response.isComplete == (status == 204))
    }

    @Test func aResetRightAfterTheStatusLineLeavesIt() async throws {
        let response = try await answer([.bytes(Array("HTTP/1.1 200 OK\r\n".utf8)), .reset])
        #expect(response.status == 200)
        #expect(!response.isComplete)
    }

    @Test func aTimeOutWithinTheBodyLeavesTheStatus() async throws {
        let response = try await answer([.bytes(head(200, length: 100) + [65])], timeoutMilliseconds: 300)
        #expect(response.status == 200)
        #expect(!response.isComplete)
    }

    @Test func aTimeOutWithinTheHeadLeavesTheStatus() async throws {
        let response = try await answer(
            [.bytes(Array("HTTP/1.1 200 OK\r\nX-Half: ".utf8))], timeoutMilliseconds: 300)
        #expect(response.status == 200)
    }

    @Test func onlyTheFinalStatusCounts() async throws {
        let response = try await answer([
            .bytes(Array("HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n".utf8) + head(404, length: 0))
        ])
        #expect(response.status == 404)
        #expect(response.header("retry-after") == nil)
    }

    @Test func anAnnouncementAloneIsNoAnswer() async throws {
        let failure = await #expect(throws: TransportError.self) {
            try await answer([.bytes(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)), .reset])
        }
        #expect(failure?.kind == .reset)
    }

    @Test func aPackedBodyStaysPacked() async throws {
        let bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 1, 2, 3]
        let packed = Answer.head(200, [("Content-Encoding", "gzip"), ("Content-Length", String(bytes.count))]) + bytes
        let response = try await answer([.bytes(packed)])
        #expect(response.status == 200)
        #expect(response.body == bytes)
    }
}
