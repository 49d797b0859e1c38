import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import Web

/// Who gets a seat.
@Suite(.timeLimit(.hanging)) struct OpenConnectionsTests {
    private func connections(_ limit: Int, perOwner: Int, trusted: [String] = []) -> OpenConnections {
        OpenConnections(
            limit: limit, limitPerOwner: perOwner,
            addresses: ClientAddresses(trustedProxies: trusted.compactMap { AddressRange($0) }))
    }

    private func channel(from address: String) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 4711)
        return channel
    }

    private func close(_ channel: EmbeddedChannel) throws {
        try channel.close().wait()
        channel.embeddedEventLoop.run()
    }

    @Test func anAddressHasSoManySeatsAndGetsOneBackWithEachThatCloses() throws {
        let connections = connections(0, perOwner: 2)
        let first = try channel(from: "192.0.2.1")
        for open in [first, try channel(from: "::ffff:192.0.2.1")] {
            #expect(try connections.seat(open).refusal == nil)
        }
        let refused = try connections.seat(try channel(from: "192.0.2.1")).refusal
        #expect(refused?.kind == .tooManyRequests)
        #expect(refused?.headers[.retryAfter] == "5")
        #expect(try connections.seat(try channel(from: "192.0.2.2")).refusal == nil)
        try close(first)
        #expect(try connections.seat(try channel(from: "192.0.2.1")).refusal == nil)
        #expect(try connections.seat(try channel(from: "192.0.2.1")).refusal != nil)
    }

    @Test func aHouseholdOfIPv6IsOneAddress() throws {
        let connections = connections(0, perOwner: 1)
        #expect(try connections.seat(try channel(from: "2001:db8:1:2::1")).refusal == nil)
        #expect(try connections.seat(try channel(from: "2001:db8:1:2:ffff::9")).refusal != nil)
        #expect(try connections.seat(try channel(from: "2001:db8:1:3::1")).refusal == nil)
    }

    @Test func aTrustedProxyAndAUnixSocketAreNotCounted() throws {
        let connections = connections(0, perOwner: 1, trusted: ["10.0.0.0/8"])
        for _ in 0..<5 {
            #expect(try connections.seat(try channel(from: "10.1.2.3")).refusal == nil)
            #expect(try connections.seat(EmbeddedChannel()).refusal == nil)
        }
    }

    @Test func aNewcomerGetsThePlaceOfWhoeverKeptUsWaitingLongest() throws {
        let connections = connections(3, perOwner: 0)
        let seats = try (1...3).map { try connections.seat(try channel(from: "192.0.2.\($0)")) }
        seats[0].isServed()
        seats[1].waits(since: .uptimeNanoseconds(500))
        seats[2].waits(since: .uptimeNanoseconds(400))
        // A newcomer's first request comes at once.
        let fourth = try connections.seat(try channel(from: "192.0.2.4"))
        #expect(fourth.refusal == nil && fourth.waitingSince != nil)
        fourth.isServed()
        // It was promised, so that the next newcomer gets another.
        #expect(seats[2].waitingSince == nil)
        let fifth = try connections.seat(try channel(from: "192.0.2.5"))
        #expect(fifth.refusal == nil)
        fifth.isServed()
        #expect(seats[1].waitingSince == nil)
        let refused = try connections.seat(try channel(from: "192.0.2.6")).refusal
        #expect(refused?.kind == .unavailable)
        #expect(refused?.headers[.retryAfter] != nil)
    }

    @Test func aCrowdThatIsTurnedAwayIsNotEvenTold() throws {
        let connections = connections(0, perOwner: 1)
        _ = try connections.seat(try channel(from: "192.0.2.1"))
        var told: [EmbeddedChannel] = []
        for _ in 0..<256 {
            let channel = try channel(from: "192.0.2.1")
            #expect(try connections.seat(channel).refusal != nil)
            told.append(channel)
        }
        #expect(throws: (any Error).self) { try connections.seat(try channel(from: "192.0.2.1")) }
        #expect(connections.count == 257)
        for channel in told { try close(channel) }
        #expect(connections.count == 1)
        #expect(try connections.seat(try channel(from: "192.0.2.1")).refusal != nil)
    }

    @Test func whoHasTooManyOpenIsToldAndOthersAreServed() async throws {
        try await Desk.open(.live, settings: { $0.connectionsPerAddress = 2 }) { desk in
            let port = try #require(desk.client.port)
            let get = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
            let open = try (1...2).map { _ in try RawSocket(port: port, from: "127.0.0.7") }
            for connection in open {
                connection.send(get)
                #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 200 "))
            }
            let third = try RawSocket(port: port, from: "127.0.0.7")
            third.send(get)
            let answer = await third.rest()
            #expect(answer.hasPrefix("HTTP/1.1 429 "))
            #expect(answer.contains("Retry-After: 5") && answer.contains("Connection: close"))
            #expect(!answer.contains("pass"))
            let other = try RawSocket(port: port, from: "127.0.0.8")
            other.send(get)
            #expect(await other.read(until: "}").hasPrefix("HTTP/1.1 200 "))
            open[0].close()
            open[1].send(get)
            #expect(await open[1].read(until: "}").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func aCrowdOfIdleClientsKeepsNobodyOut() async throws {
        try await Desk.open(.live, settings: { $0.connections = 5 }) { desk in
            let port = try #require(desk.client.port)
            let crowd = try (1...20).map { _ in try RawSocket(port: port) }
            await withTaskGroup { group in
                for idle in crowd { group.addTask { await idle.rest() } }
                // Until all the crowd was looked at: which of two newcomers on different threads comes first is not ours.
                for _ in 0..<15 { #expect(await group.next() == "") }
                let late = try? RawSocket(port: port)
                late?.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(await late?.read(until: "}").hasPrefix("HTTP/1.1 200 ") == true)
                // One of the five who were left had to go.
                #expect(await group.next() == "")
                for idle in crowd { idle.halfClose() }
            }
        }
    }
}
