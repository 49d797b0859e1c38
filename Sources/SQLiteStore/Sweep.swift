import GRDB
import Orders

/// Walks the tables of things with a term, some rows at a time, and removes what is past it.
///
/// They have no index by age: it would cost every order more than this walk.
struct Sweep: Sendable {
    private static let rowsPerStep = 200
    /// A day more than the promise, so that no clock's error breaks it.
    private static let receiptDays: Int64 = 31

    struct Terms: Sendable {
        let table: String
        let key: String
        /// The column that tells the age, and the first value that stays.
        let age: String
        let keptFrom: Int64
    }

    /// The last key seen in each table; none at its start.
    private var positions: [String: any Bindable] = [:]

    /// What has a term, and what of it stays.
    static func terms(at now: Timestamp) -> [Terms] {
        let keyDays = Int64(IdempotencyKey.lifetimeDays) + 1
        return [
            Terms(
                table: "idempotency_keys", key: "key", age: "order_id",
                keptFrom: OrderID.lowest(at: now.adding(seconds: -keyDays * 86_400))),
            Terms(
                table: "webhook_receipts", key: "webhook_id", age: "received_at",
                keptFrom: now.adding(seconds: -receiptDays * 86_400).milliseconds),
        ]
    }

    /// - Returns: where to go on.
    func step(on db: Database, now: Timestamp) throws -> Sweep {
        var next = self
        for terms in Self.terms(at: now) {
            next.positions[terms.table] = try Self.walk(terms, after: positions[terms.table], on: db)
        }
        return next
    }

    /// - Returns: the last key looked at; nil at the end of the table, so that the next step starts over.
    static func walk(
        _ terms: Terms, after position: (any Bindable)?, on db: Database
    ) throws -> (any Bindable)? {
        let (table, key) = (terms.table, terms.key)
        let start = position == nil ? "" : "WHERE \(key) > ?"
        let looked = try db.row(
            "SELECT max(\(key)) FROM (SELECT \(key) FROM \(table) \(start) ORDER BY \(key) LIMIT \(rowsPerStep))",
            position.map { [$0] } ?? [])
        guard var columns = looked, let last = try columns.key() else { return nil }
        let range = position == nil ? "\(key) <= ?" : "\(key) <= ? AND \(key) > ?"
        try db.run(
            "DELETE FROM \(table) WHERE \(range) AND \(terms.age) < ?",
            [last] + (position.map { [$0] } ?? []) + [terms.keptFrom])
        return last
    }
}
