import CCurl
import Foundation
import Fulfillment
import Synchronization
import TestSupport
import Testing

@testable import CurlTransport

/// Many at once, many in a row, giving up, stopping, breaking.
@Suite(.serialized, .timeLimit(.hanging))
struct CurlLifeTests {
    private func makeTransport(_ maximumInFlight: Int = 64) throws -> CurlTransport {
        try CurlTransport(maximumInFlight: maximumInFlight, userAgent: "mailroom-test/1")
    }

    private func request(_ receiver: Receiver, timeoutMilliseconds: Int = 15_000) -> WebhookRequest {
        WebhookRequest(url: receiver.url, body: Array("{}".utf8), timeoutMilliseconds: timeoutMilliseconds)
    }

    @Test func sixtyFourGoAtOnce() async throws {
        let gate = Gate()
        let receiver = try await Receiver { _, _ in Answer.ok.held(by: gate) }
        let transport = try makeTransport()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...64 { group.addTask { try await transport.post(request(receiver)).status } }
            _ = await receiver.requests(64)
            gate.open()
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 64))
        #expect(receiver.mostInFlight == 64)
    }

    @Test func noMoreThanTheMaximumGoAtOnce() async throws {
        let gate = Gate()
        let receiver = try await Receiver { _, _ in Answer.ok.held(by: gate) }
        let transport = try makeTransport(3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...9 { group.addTask { _ = try await transport.post(request(receiver)) } }
            _ = await receiver.requests(3)
            gate.open()
            try await group.waitForAll()
        }
        #expect(receiver.log.entries.count == 9)
        #expect(receiver.mostInFlight <= 3)
    }

    @Test func twoThousandInARowLeaveNoDescriptorOpen() async throws {
        let receiver = try await Receiver()
        let transport = try makeTransport()
        _ = try await transport.post(request(receiver))
        let before = try openSockets(to: receiver.port)
        for _ in 1...2000 { _ = try await transport.post(request(receiver)) }
        #expect(try openSockets(to: receiver.port) <= before)
        await transport.stop()
        #expect(receiver.log.entries.count == 2001)
    }

    @Test func brokenConnectionsLeaveNoDescriptorOpen() async throws {
        let receiver = try await Receiver { _, _ in Answer([.reset]) }
        let transport = try makeTransport()
        for _ in 1...200 { _ = try? await transport.post(request(receiver)) }
        await transport.stop()
        #expect(try openSockets(to: receiver.port) == 0)
    }

    /// Connections of this process to that port, by the kernel's table: other tests open descriptors as well.
    private func openSockets(to port: Int) throws -> Int {
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let remote = "0100007F:" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        let table = try String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8)
        return table.split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            // 01: established; 08: the peer has closed and we have not.
            return fields.count > 3 && fields[2] == remote && ["01", "08"].contains(fields[3])
        }
    }

    @Test func givingUpAbortsTheExchange() async throws {
        let receiver = try await Receiver(script: [.silence])
        let transport = try makeTransport()
        let post = Task { try await transport.post(request(receiver)) }
        _ = await receiver.requests(1)
        post.cancel()
        let failure = await #expect(throws: TransportError.self) { try await post.value }
        #expect(failure?.kind == .cancelled)
        #expect(failure?.requestSent == true)
        #expect(try await transport.post(request(receiver)).status == 200)
    }

    @Test func whoGaveUpBeforeSendsNothing() async throws {
        let receiver = try await Receiver()
        let transport = try makeTransport()
        let go = Gate()
        let post = Task {
            await go.wait()
            return try await transport.post(request(receiver))
        }
        post.cancel()
        go.open()
        let failure = await #expect(throws: TransportError.self) { try await post.value }
        #expect(failure?.kind == .cancelled)
        #expect(failure?.requestSent == false)
        #expect(receiver.connectionCount == 0)
    }

    @Test func givingUpManyAtRandomAnswersEachOnce() async throws {
        let receiver = try await Receiver()
        let transport = try makeTransport(8)
        var generator = SystemRandomNumberGenerator()
        let posts = (0..<400).map { _ in Task { try await transport.post(request(receiver)).status } }
        for post in posts where Bool.random(using: &generator) { post.cancel() }
        for post in posts {
            switch await post.result {
            case .success(let status): #expect(status == 200)
            case .failure(let error): #expect((error as? TransportError)?.kind == .cancelled)
            }
        }
    }

    @Test func stoppingLetsWhatIsInFlightFinish() async throws {
        let gate = Gate()
        let receiver = try await Receiver { _, _ in Answer.ok.held(by: gate) }
        let transport = try makeTransport()
        let posts = (0..<8).map { _ in Task { try await transport.post(request(receiver)).status } }
        _ = await receiver.requests(8)
        let stop = Task { await transport.stop() }
        // Refused: then the stop has begun.
        var kind: TransportError.Kind?
        repeat {
            let failure = await #expect(throws: TransportError.self) {
                try await transport.post(request(receiver, timeoutMilliseconds: 1))
            }
            kind = failure?.kind
        } while kind == .answerTimeout || kind == .connectTimeout
        #expect(kind == .cancelled)
        gate.open()
        for post in posts { #expect(try await post.value == 200) }
        await stop.value
        let refused = await #expect(throws: TransportError.self) { try await transport.post(request(receiver)) }
        #expect(refused?.kind == .cancelled)
        await transport.stop()
    }

    @Test func stoppingWaitsNoLongerThanTheTimeOut() async throws {
        let receiver = try await Receiver { _, _ in .silence }
        let transport = try makeTransport()
        let post = Task { try await transport.post(request(receiver, timeoutMilliseconds: 300)) }
        _ = await receiver.requests(1)
        await transport.stop()
        let failure = await #expect(throws: TransportError.self) { try await post.value }
        #expect(failure?.kind == .answerTimeout)
    }

    @Test func aBrokenMultiHandleIsReplaced() async throws {
        let receiver = try await Receiver(script: [.silence])
        let broken = Flag()
        let transport = try CurlTransport(maximumInFlight: 4, userAgent: "mailroom-test/1") { multi, running in
            broken.takeOnce() ? CURLM_INTERNAL_ERROR : curl_multi_perform(multi, running)
        }
        let post = Task { try await transport.post(request(receiver)) }
        _ = await receiver.requests(1)
        broken.raise()
        // A second request wakes the loop, which then finds the handle broken; it may be hit as well.
        _ = try? await transport.post(request(receiver))
        let failure = await #expect(throws: TransportError.self) { try await post.value }
        #expect(failure?.kind == .local)
        #expect(failure?.requestSent == true)
        #expect(try await transport.post(request(receiver)).status == 200)
        await transport.stop()
    }

    @Test func waitingForAnAnswerDoesNotSpin() async throws {
        let receiver = try await Receiver { _, _ in .silence }
        let rounds = Log<Void>()
        let transport = try CurlTransport(maximumInFlight: 4, userAgent: "mailroom-test/1") { multi, running in
            rounds.add(())
            return curl_multi_perform(multi, running)
        }
        _ = try? await transport.post(request(receiver, timeoutMilliseconds: 500))
        #expect((1...50).contains(rounds.entries.count))
        await transport.stop()
    }
}

/// Raised by a test, taken down by the first who looks.
private final class Flag: Sendable {
    private let isUp = Atomic<Bool>(false)

    func raise() { isUp.store(true, ordering: .releasing) }

    func takeOnce() -> Bool { isUp.exchange(false, ordering: .acquiringAndReleasing) }
}
