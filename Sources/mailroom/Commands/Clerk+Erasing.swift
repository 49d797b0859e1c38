import Fulfillment
import Orders
import SQLiteStore

extension Clerk {
    enum Erasure: Sendable {
        case erased(placedAt: Timestamp)
        case erasedBefore
        /// - Parameter why: a sentence for a person.
        case refused(why: String)
        case notFound
    }

    func erase(_ number: OrderNumber, force: Bool) async throws -> Erasure {
        switch self {
        case .server(let connection):
            do {
                return try await Self.erase(number, force: force, through: connection)
            } catch {
                switch error.status {
                case .noInput: return .notFound
                case .dataError: return .refused(why: error.message)
                default: throw error
                }
            }
        case .file(let database):
            guard let detail = try await database.detail(number) else { return .notFound }
            if detail.order.facts.erasedAt != nil { return .erasedBefore }
            let outcome = try await database.erase(
                number, force: force, by: .staff("local"), at: SystemClock().now, ifMatch: nil)
            switch outcome {
            case .done(let detail), .reshipped(let detail, _): return .erased(placedAt: detail.order.placedAt)
            case .refused(let refusal): return .refused(why: "Not possible: \(refusal.why).")
            case .notFound, .changedSince, .identityTaken: return .notFound
            }
        }
    }

    private static func erase(
        _ number: OrderNumber, force: Bool, through connection: ServerConnection
    ) async throws(Failure) -> Erasure {
        let path = "/v1/staff/orders/\(number)"
        if try await connection.send("GET", path)["erased_at"]?.stringValue != nil { return .erasedBefore }
        var json = JSONWriter()
        json.object { $0.field("force", force) }
        let erased = try await connection.send("POST", path + "/erase", body: json.bytes)
        guard let placedAt = erased["placed_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw ServerConnection.notUnderstood
        }
        return .erased(placedAt: placedAt)
    }

    /// A server does it by itself within seconds.
    func overwriteErased() async throws {
        guard case .file(let database) = self else { return }
        if try await database.scrub(whole: true, at: SystemClock().now) != .nothingLeft {
            throw Failure(
                .temporaryFailure,
                "erased, but a reader keeps the log of the database open: run `mailroom retention run` later")
        }
    }
}
