import ArgumentParser
import Foundation
import Fulfillment
import NIOCore
import Orders
import SQLiteStore

extension FillPlan.State: ExpressibleByArgument {}

struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill", abstract: "Make a database with many orders, the way the service would have made it.")

    @Option(help: "The file to make.", completion: .file()) var database: String
    @Option(help: "The catalog's CSV file.", completion: .file(extensions: ["csv"])) var catalog: String
    @Option(help: "How many orders.") var orders: Int
    @Option(help: "How far they went: \(FillPlan.State.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state = FillPlan.State.shipped
    @Option(help: "So many pending orders have two events that wait.") var secondEvents = 0
    @Option(help: "Over how many days they spread.") var days = 300
    @Option(help: "Another seed makes other orders.") var seed: UInt64 = 1

    /// Beyond every number of callers at once.
    private static let queueLimit = 100_000

    func validate() throws {
        guard (10...20_000_000).contains(orders), (1...3000).contains(days), (0...orders).contains(secondEvents) else {
            throw ValidationError("the number of orders, days or second events is out of range")
        }
        guard secondEvents == 0 || state == .pending else {
            throw ValidationError("--second-events needs --state pending")
        }
    }

    func run() async throws {
        let start = NIODeadline.now()
        let titles = try readCatalog()
        let file = FilledFile(path: database)
        // As the service's own commands do: the files hold addresses.
        umask(0o077)
        try file.begin()
        let migrations = try opening { try OrderDatabase.migrate(path: database).applied }
        let plan = try FillPlan(
            orders: orders, state: state, secondEvents: secondEvents, days: days, seed: seed, end: SystemClock().now,
            titles: titles)
        let store = try opening { try OrderDatabase.open(path: database, queueLimit: Self.queueLimit) }
        _ = try await store.put(titles)
        try await Filling(store: store, plan: plan, progress: Self.progress(of: orders, since: start)).run()
        let audit = FillAudit(store: store, plan: plan)
        try await audit.check()
        let samples = try await audit.samples()
        await store.close()
        let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
        let result: (inout JSONWriter) -> Void = { json in
            json.field("orders", orders)
            json.field("state", state.rawValue)
            json.field("second_events", secondEvents)
            json.field("days", days)
            json.name("seed")
            json.literal(String(seed))
            json.field("filled_at", plan.end)
            json.array("migrations", migrations)
            json.field("seconds", seconds)
            json.field("per_second", Double(orders) / seconds, places: 1)
            json.name("samples")
            samples.write(to: &json)
        }
        var stamp = JSONWriter()
        stamp.object(result)
        try file.finish(stamp.bytes)
        try Output.print(result)
    }

    private func readCatalog() throws -> [Title] {
        do {
            return try CatalogFile.read(Array(Data(contentsOf: URL(fileURLWithPath: catalog))))
        } catch let error as InvalidFields {
            throw LoadFailure("\(catalog) is no catalog: \(error.problems.count) problems")
        }
    }

    private func opening<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as OpenError {
            throw LoadFailure("\(database): \(error.message)")
        }
    }

    private static func progress(of orders: Int, since start: NIODeadline) -> @Sendable (Int) -> Void {
        { done in
            guard done % (1 << 16) == 0 || done == orders else { return }
            let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
            Output.note("\(done) of \(orders) orders, \(Int(Double(done) / seconds)) a second")
        }
    }
}
