import GRDB
import Orders

/// Erases everything that is due, in commits so small that nobody who waits for one notices.
struct ErasingRound {
    let database: OrderDatabase
    let writer: GroupCommitWriter
    let limits: RetentionLimits
    let now: Timestamp

    /// Some 4 ms of the writer's time.
    private static let ordersPerCommit = 16
    private static let messagesPerCommit = 100
    /// How long others are let go first, before a commit is made all the same.
    private static let longestWait = Duration.seconds(1)
    private static let glance = Duration.milliseconds(10)

    func run() async throws(StoreError) -> ErasedRound {
        var round = ErasedRound()
        // First, so that the keys of orders older than theirs are gone and need not be looked for.
        for terms in Sweep.terms(at: now) {
            var position: (any Bindable)?
            repeat {
                let last = position
                position = try await commit { try Sweep.walk(terms, after: last, on: $0) }
            } while position != nil
        }
        round.messages = try await eraseMessages()
        try await eraseOrders(&round, next: Self.finalOrders)
        try await eraseOrders(&round, next: Self.oldOrders)
        let first = try await firstWithPerson()
        let (now, orders) = (now, round.orders)
        try await commit { db in
            let meta = MetaTable(db: db)
            try meta.set(.erasedBelow, to: first)
            try meta.set(.erasingRoundAt, to: now.milliseconds)
            try meta.set(.erasingRoundOrders, to: Int64(orders))
        }
        return round
    }

    private func eraseMessages() async throws(StoreError) -> Int {
        let limits = limits
        var all = 0
        while true {
            let count = try await commit { db in
                let count = try InboundTable(db: db).forget(limits, most: Self.messagesPerCommit)
                if count > 0 { try MetaTable(db: db).countErasure() }
                return count
            }
            all += count
            if count < Self.messagesPerCommit { return all }
        }
    }

    /// Where a walk over what is due has come: a column that is walked by, then the key.
    private struct Place: Sendable {
        var column = Int64.min
        var id = Int64.min
    }

    private func eraseOrders(
        _ round: inout ErasedRound, next: @escaping @Sendable (Database, RetentionLimits, Place) throws -> [Place]
    ) async throws(StoreError) {
        var place = Place()
        let (limits, now) = (limits, now)
        while true {
            let last = place
            let (erased, seen) = try await commit { db -> ([ErasureDesk.Erased], [Place]) in
                let due = try next(db, limits, last)
                let desk = ErasureDesk(db: db)
                let erased = try due.compactMap {
                    try desk.erase(OrderID(value: $0.id), because: .retention, by: .system, at: now).erased
                }
                if !erased.isEmpty { try MetaTable(db: db).countErasure() }
                // Older keys are gone already.
                let keptFrom = Sweep.terms(at: now)[0].keptFrom
                try desk.forgetMeanings(of: erased.map(\.id).filter { $0.value >= keptFrom })
                return (erased, due)
            }
            database.forgetTwins(erased)
            round.orders += erased.count
            round.postponed += seen.count - erased.count
            guard let end = seen.last else { return }
            place = end
        }
    }

    private static let finalOrders: @Sendable (Database, RetentionLimits, Place) throws -> [Place] = {
        db, limits, place in
        try db.rows(
            """
            SELECT final_at, id FROM orders INDEXED BY orders_due
            WHERE final_at IS NOT NULL AND erased_at IS NULL AND final_at <= ?1 AND (final_at, id) > (?2, ?3)
            ORDER BY final_at, id LIMIT ?4
            """, [limits.final.milliseconds, place.column, place.id, ordersPerCommit]
        ) { columns in
            try Place(column: columns.integer(), id: columns.integer())
        }
    }

    private static let oldOrders: @Sendable (Database, RetentionLimits, Place) throws -> [Place] = {
        db, limits, place in
        let start = max(place.id, try MetaTable(db: db).value(.erasedBelow) - 1)
        return try db.integers(
            "SELECT id FROM orders WHERE id > ? AND id < ? AND erased_at IS NULL ORDER BY id LIMIT ?",
            [start, OrderID.lowest(at: limits.placed.adding(milliseconds: 1)), ordersPerCommit]
        ).map { Place(id: $0) }
    }

    /// The key before which every order is erased, from now on.
    private func firstWithPerson() async throws(StoreError) -> Int64 {
        try await database.read { db in
            let start = try MetaTable(db: db).value(.erasedBelow)
            let first = try db.integer(
                "SELECT id FROM orders WHERE id >= ? AND erased_at IS NULL ORDER BY id LIMIT 1", [start])
            return try first ?? db.integer("SELECT max(id) + 1 FROM orders") ?? 0
        }
    }

    /// One commit when nobody else waits for the writer, or after a second.
    private func commit<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        var waited = Duration.zero
        while writer.waiting > 0, waited < Self.longestWait {
            try? await Task.sleep(for: Self.glance)
            waited += Self.glance
        }
        if Task.isCancelled { throw .cancelled }
        return try await writer.write(evenIfFull: true, work)
    }
}
