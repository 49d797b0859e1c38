import ArgumentParser
import NIOCore
import Orders

struct AnnounceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "announce",
        abstract: "Send orders at a fixed rate and, as the house, measure how long each takes to arrive there.")

    /// How long the last announcements may take after the last order was answered.
    private static let grace = TimeAmount.seconds(10)
    private static let pause = Duration.milliseconds(20)

    @OptionGroup var options: RateOptions
    @Option(help: "The house's port on 127.0.0.1; the server's fulfillment.url must name it.") var listen: Int

    func run() async throws {
        let before = processorSeconds()
        var plan = options.plan
        plan.notesNumbers = true
        let house = try await ListeningHouse.open(port: listen, expecting: plan.count)
        Output.note("listening")
        let tally = try await OpenLoop.run(plan)
        let books = try await Self.books(of: house, with: tally.numbers)
        let arrival = Self.arrival(of: tally.numbers, in: books.arrivals)
        try Output.print { json in
            tally.writeMembers(to: &json)
            json.object("arrival") { arrival.writeMembers(to: &$0) }
            json.field("arrived", arrival.count)
            json.field("duplicates", books.ledger.duplicates)
            json.field("client_cpu_seconds", processorSeconds() - before)
        }
    }

    /// The house's books when all these orders have arrived there, or after the grace.
    private static func books(
        of house: ListeningHouse, with orders: [(order: Int64, sentAt: Int64)]
    ) async throws -> ListeningHouse.Books {
        let end = NIODeadline.now() + grace
        while true {
            let books = try await house.booksNow()
            let isComplete = orders.allSatisfy { books.arrivals[$0.order] != nil }
            if isComplete || NIODeadline.now() > end { return books }
            try await Task.sleep(for: pause)
        }
    }

    /// From the sending of each accepted order to the arrival of its announcement.
    static func arrival(of orders: [(order: Int64, sentAt: Int64)], in arrivals: [Int64: Int64]) -> Latencies {
        var latencies = Latencies()
        for (order, sentAt) in orders {
            guard let arrivedAt = arrivals[order] else { continue }
            latencies.record(nanoseconds: arrivedAt - sentAt)
        }
        return latencies
    }
}
