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
@Suite(.timeLimit(.minutes(1))) struct DoorTests {
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

/// A connection as bytes.
private final class RawSocket: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything until the server closes.
    func rest() async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [descriptor] in
                var answer: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while true {
                    let count = read(descriptor, &buffer, buffer.count)
                    guard count > 0 else { break }
                    answer += buffer[..<count]
                }
                continuation.resume(returning: String(decoding: answer, as: UTF8.self))
            }
        }
    }
}
