import ArgumentParser
import NIOCore
import NIOPosix
import Orders

struct RateOptions: ParsableArguments {
    @Option(help: "The server, such as http://127.0.0.1:8080.") var url: ServerAddress
    @Option(help: "Orders a second.") var perSecond: Double
    @Option(help: "How long orders are sent, in seconds.") var seconds: Double
    @Option(help: "At most so many connections, opened as they are needed.") var connections = 64
    @Option(help: "Event loops that send.") var threads = 1

    func validate() throws {
        guard perSecond > 0, perSecond <= 1_000_000, seconds > 0, seconds <= 3600, (1...16).contains(threads),
            (threads...4096).contains(connections)
        else { throw ValidationError("a rate, a duration, a number of connections or of threads is out of range") }
    }

    var plan: RatePlan {
        RatePlan(server: url, perSecond: perSecond, seconds: seconds, connections: connections, threads: threads)
    }
}

struct RateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate",
        abstract: "Send new orders at a fixed rate, whatever the server does; latencies count from the intended time.")

    @OptionGroup var options: RateOptions

    func run() async throws {
        let before = processorSeconds()
        let tally = try await OpenLoop.run(options.plan)
        try Output.print { json in
            tally.writeMembers(to: &json)
            json.field("client_cpu_seconds", processorSeconds() - before)
        }
    }
}

enum OpenLoop {
    /// Time to set up the loops before the first order is due, in nanoseconds.
    private static let lead: Int64 = 50_000_000

    static func run(_ plan: RatePlan) async throws -> RateTally {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.threads)
        let (status, catalog) = try await SingleRequest.get("/v1/catalog", from: plan.server, on: group.next())
        guard status == 200 else { throw LoadFailure("GET /v1/catalog was answered \(status)") }
        let requests = try OrderRequests(catalog: catalog, for: plan.server)
        let start = Int64(NIODeadline.now().uptimeNanoseconds) + lead
        let parts = zip(0..<plan.threads, group.makeIterator()).map { place, loop in
            RateLoop.run(plan, requests, place: place, from: start, on: loop)
        }
        var tally = RateTally(seconds: plan.seconds)
        for part in parts { tally.add(try await part.get()) }
        try await group.shutdownGracefully()
        return tally
    }
}
