import ArgumentParser
import NIOCore
import Orders

struct ReceiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive", abstract: "Play the fulfillment house: answer 200 to everything, and keep the books.")

    @Option(help: "The port on 127.0.0.1.") var listen: Int
    @Option(help: "End when so many distinct events have come.") var expect: Int
    @Option(help: "End after so many seconds at the latest.") var seconds: Int

    func validate() throws {
        guard (0...65_535).contains(listen), expect > 0, (1...3600).contains(seconds) else {
            throw ValidationError("the port, the number of events or the seconds are out of range")
        }
    }

    func run() async throws {
        let before = processorSeconds()
        let house = try await ListeningHouse.open(port: listen, expecting: expect)
        Output.note("listening")
        let books = try await house.books(after: .seconds(Int64(seconds)))
        try Output.print { json in
            books.writeMembers(to: &json)
            json.field("client_cpu_seconds", processorSeconds() - before)
        }
    }
}

/// A house that listens, and its books at the end.
struct ListeningHouse: Sendable {
    /// What came, ready to leave the event loop.
    struct Books: Sendable {
        let ledger: ReceiptLedger
        let arrivals: [Int64: Int64]
        /// Between the first and the last arrival.
        let nanoseconds: Int64

        func writeMembers(to json: inout JSONWriter) {
            let seconds = Double(nanoseconds) / 1e9
            json.field("received", ledger.received)
            json.field("distinct", ledger.distinct)
            json.field("duplicates", ledger.duplicates)
            json.field("not_understood", ledger.notUnderstood)
            json.field("seconds", seconds)
            json.field("per_second", seconds > 0 ? Double(ledger.received) / seconds : 0, places: 1)
            json.field("out_of_sequence", ledger.outOfSequence)
            json.field("orders_with_two_events", ledger.ordersWithTwoEvents)
        }
    }

    let server: HouseServer
    private let desk: NIOLoopBound<ReceivingDesk>

    static func open(port: Int, expecting expected: Int) async throws -> ListeningHouse {
        let (desks, given) = AsyncStream.makeStream(of: NIOLoopBound<ReceivingDesk>.self)
        let server = try await HouseServer.listen(port: port) { loop in
            let desk = ReceivingDesk(expecting: expected, on: loop)
            given.yield(NIOLoopBound(desk, eventLoop: loop))
            given.finish()
            return { desk.receive($0) }
        }
        guard let desk = await desks.first(where: { _ in true }) else { throw LoadFailure("the house has no desk") }
        return ListeningHouse(server: server, desk: desk)
    }

    /// Waits until all that was expected came, at most `limit`.
    func books(after limit: TimeAmount) async throws -> Books {
        let (loop, desk) = (server.loop, desk)
        let enough = loop.flatSubmit {
            loop.assumeIsolated().scheduleTask(in: limit) { desk.value.giveUp() }
            return desk.value.whenEnough
        }
        try await enough.get()
        return try await booksNow()
    }

    func booksNow() async throws -> Books {
        let desk = desk
        return try await server.loop.submit {
            let desk = desk.value
            return Books(ledger: desk.ledger, arrivals: desk.arrivals, nanoseconds: desk.last - desk.first)
        }.get()
    }
}
