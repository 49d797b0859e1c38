import Foundation
import Fulfillment
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing

@testable import mailroom

/// How a door closes.
@Suite(.timeLimit(.hanging)) struct DoorTests {
    private let clock = FakeClock()
    private let arrived = Gate()
    private let mayAnswer = Gate()

    /// A door whose only request waits for its whole body, or for the gate.
    private func opened(
        _ body: (_ group: ServiceGroup, _ connection: RawSocket) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let router = Router()
        router.post("/body") { [arrived] request, _ in
            arrived.open()
            for try await _ in request.body {}
            return "whole"
        }
        router.get("/gate") { [arrived, mayAnswer] _, _ in
            arrived.open()
            await mayAnswer.wait()
            return "answered"
        }
        let logger = Logger(label: "door") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(
            services: [Door(application: application, name: "door", clock: clock)], logger: logger)
        async let ended: Void = group.run()
        var found = ports.makeAsyncIterator()
        let connection = try RawSocket(port: try #require(await found.next()))
        try await body(group, connection)
        try await ended
    }

    @Test func aBodyThatNeverEndsHoldsTheStopForTenSecondsOnly() async throws {
        try await opened { group, connection in
            connection.send("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{")
            await arrived.wait()
            await group.triggerGracefulShutdown()
            await clock.longSleeper(milliseconds: 10_000)
            clock.advance(milliseconds: 10_000)
        }
    }

    @Test func aRequestUnderWayIsAnsweredBeforeTheDoorCloses() async throws {
        try await opened { group, connection in
            connection.send("GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
            await arrived.wait()
            await group.triggerGracefulShutdown()
            await clock.longSleeper(milliseconds: 10_000)
            mayAnswer.open()
            let answer = await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.hasSuffix("answered"))
        }
    }
}
