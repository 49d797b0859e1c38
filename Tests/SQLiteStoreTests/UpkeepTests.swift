import Foundation
import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// What the store does when nobody waits for it.
@Suite(.timeLimit(.hanging)) struct UpkeepTests {
    @Test func ordersAreIndexedByThemselves() async throws {
        let database = try DatabaseInFolder()
        try await StoreWriter(store: database.store).place()
        let (commits, commit) = AsyncStream.makeStream(of: Void.self)
        let observer = CommitObserver { commit.yield() }
        database.store.pool.add(transactionObserver: observer)
        commit.yield()
        for await _ in commits {
            let pending = try await database.store.read { try $0.integer("SELECT count(*) FROM search_pending") }
            if pending == 0 { break }
        }
        let hits = try await database.store.read { db in
            try Int.fetchAll(db, sql: "SELECT rowid FROM search WHERE search MATCH '\"nunez\"'")
        }
        #expect(hits.count == 1)
        await database.store.close()
    }

    @Test func anIndexLeftBehindIsCaughtUpAtTheNextStart() async throws {
        let database = try DatabaseInFolder()
        let order = try await StoreWriter(store: database.store).place()
        await database.store.close()
        let queue = try DatabaseQueue(path: database.path)
        try await queue.write { db in
            try db.execute(sql: "INSERT INTO search (search) VALUES ('delete-all')")
            try db.execute(sql: "INSERT OR IGNORE INTO search_pending VALUES (?)", arguments: [order.id.value])
        }
        try queue.close()
        let store = try OrderDatabase.open(path: database.path, queueLimit: 10)
        var query = OrderQuery()
        query.search = SearchTerm("nunez")
        #expect(try await store.orders(query).summaries.map(\.number) == [order.number])
        await store.close()
    }

    @Test func moreThanOneStepOfOrdersIsIndexed() async throws {
        let database = try DatabaseInFolder()
        for _ in 0..<7 { try await StoreWriter(store: database.store).place() }
        try await database.closed { db in
            try db.execute(sql: "INSERT INTO search (search) VALUES ('delete-all')")
            try db.execute(sql: "INSERT OR IGNORE INTO search_pending SELECT id FROM orders")
            let index = SearchIndex(db: db)
            #expect(try [3, 3, 3].map(index.indexPending) == [true, true, false])
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM search_pending") == 0)
            #expect(try db.integers("SELECT rowid FROM search WHERE search MATCH '\"ana\"'").count == 7)
        }
    }

    /// FTS5 by itself would merge hundreds of pages within one commit, for which everybody waits.
    @Test func theIndexIsMergedWhenTheStoreSaysSo() async throws {
        let database = try DatabaseInFolder()
        // Not of one moment: of 120 keys of a millisecond two are the same in one run of a hundred.
        for second in 0..<Int64(120) {
            let order = SampleOrders.order(at: SampleOrders.start.adding(seconds: second))
            try await StoreWriter(store: database.store).place(order)
        }
        await database.store.close()
        let queue = try DatabaseQueue(path: database.path)
        try await queue.write { db in
            try db.execute(sql: "INSERT INTO search (search) VALUES ('delete-all')")
            try db.execute(sql: "INSERT OR IGNORE INTO search_pending SELECT id FROM orders")
            #expect(try db.integer("SELECT v FROM search_config WHERE k = 'automerge'") == 0)
        }
        func parts() async throws -> Int64? {
            try await queue.read { try $0.integer("SELECT count(DISTINCT segid) FROM search_idx") }
        }
        // Each commit leaves a part.
        while try await queue.write({ try SearchIndex(db: $0).indexPending(limit: 10) }) {}
        #expect(try await parts() == 12)
        while try await queue.write({ try SearchIndex(db: $0).merge(.likeSized, pages: 1) }) {}
        #expect(try await parts() == 1)
        let hits = try await queue.read { try $0.integers("SELECT rowid FROM search WHERE search MATCH '\"ana\"'") }
        #expect(hits.count == 120)
        try queue.close()
    }

    /// A sweep over everything, as many steps make it.
    private func sweep(_ store: OrderDatabase, steps: Int) async throws {
        var sweep = Sweep()
        for _ in 0..<steps {
            let last = sweep
            sweep = try await store.write { try last.step(on: $0, now: SampleOrders.start) }
        }
    }

    @Test func whatIsPastItsTimeIsForgottenAndNothingElse() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let day: Int64 = 86_400
        for age in [0, 6, 7, 9, 40] as [Int64] {
            let order = SampleOrders.order(
                at: SampleOrders.start.adding(seconds: -age * day), to: SampleOrders.shipTo(line1: "\(age) Elm St"))
            let key = IdempotencyKey(value: "key \(age)", digest: [1])
            _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: key)
            let receipt = SampleOrders.receipt("webhook \(age)", at: order.placedAt)
            _ = try await store.apply(SampleOrders.tracked(nil, .inTransit, second: 0), received: receipt)
        }
        try await sweep(store, steps: 2)
        func column(_ sql: String) async throws -> [String] {
            try await store.read { try String.fetchAll($0, sql: sql) }
        }
        #expect(try await column("SELECT key FROM idempotency_keys ORDER BY key") == ["key 0", "key 6", "key 7"])
        #expect(
            try await column("SELECT webhook_id FROM webhook_receipts ORDER BY webhook_id")
                == ["webhook 0", "webhook 6", "webhook 7", "webhook 9"])
        #expect(try await store.orders(OrderQuery()).count.value == 5)
        await store.close()
    }

    @Test func oneOrderUnderAFastClockIsNotTheTime() {
        var told = ToldTimes()
        #expect(told.agreed == nil)
        for second in 0..<Int64(ToldTimes.enough - 1) { told.hear(SampleOrders.start.adding(seconds: second)) }
        #expect(told.agreed == nil)
        told.hear(SampleOrders.start.adding(seconds: 40 * 86_400))
        #expect(told.agreed == SampleOrders.start)
        let later = SampleOrders.start.adding(seconds: 86_400)
        for _ in 0..<ToldTimes.enough { told.hear(later) }
        #expect(told.agreed == later)
    }

    @Test func whoPlacesAndWhoReportsTellTheTime() async throws {
        let database = try DatabaseInFolder()
        for second in 0..<Int64(ToldTimes.enough / 2) {
            #expect(database.store.upkeep?.toldTime == nil)
            let at = SampleOrders.start.adding(seconds: second + 10)
            try await StoreWriter(store: database.store).place(SampleOrders.order(at: at))
            let receipt = SampleOrders.receipt("webhook \(second)", at: at.adding(seconds: -5))
            _ = try await database.store.apply(SampleOrders.tracked(nil, .inTransit, second: 0), received: receipt)
        }
        #expect(database.store.upkeep?.toldTime == SampleOrders.start.adding(seconds: 5))
        await database.store.close()
    }

    @Test func aSweepWalksTheWholeTableAndStartsOver() async throws {
        let database = try DatabaseInFolder()
        try await StoreWriter(store: database.store).place()
        try await database.closed { db in
            func fill(_ prefix: String) throws {
                for index in 0..<450 {
                    let placed = index % 2 == 0 ? 0 : Int64.max
                    try db.run(
                        "INSERT INTO idempotency_keys VALUES (?, x'01', ?)", ["\(prefix)\(1000 + index)", placed])
                }
            }
            var sweep = Sweep()
            func left(afterSteps steps: Int) throws -> Int64? {
                for _ in 0..<steps { sweep = try sweep.step(on: db, now: SampleOrders.start) }
                return try db.integer("SELECT count(*) FROM idempotency_keys")
            }
            try fill("a")
            #expect(try left(afterSteps: 1) == 350)
            #expect(try left(afterSteps: 2) == 225)
            // It is at the end: the next step finds nothing more and the one after starts over.
            try fill("A")
            #expect(try left(afterSteps: 1) == 675)
            #expect(try left(afterSteps: 4) == 450)
        }
    }

    @Test func anOrderOfThreeLinesTakesLittleRoom() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let orders = 600
        for index in 0..<orders {
            let shipTo = SampleOrders.shipTo(
                name: "Reader Number\(index)", line1: "\(index) Some Longer Street Name",
                phone: "217-555-\(1000 + index)")
            let order = SampleOrders.order(
                at: SampleOrders.start.adding(seconds: Int64(index)), to: shipTo, email: "reader\(index)@example.org",
                lines: ["FSAC-NET-EN": 5, "FSAC-LUNG-EN": 12, "FSAC-DIET-ES": 1])
            let key = IdempotencyKey(value: UUID().uuidString, digest: Array(repeating: UInt8(index % 256), count: 32))
            _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: key)
        }
        let now = SampleOrders.start.adding(seconds: 9999)
        let claims = try await store.claim(
            ClaimRequest(endpoint: "fulfillment", limit: orders, now: now)
        ).claims
        for claim in claims {
            let attempt = DeliveryAttempt(
                startedAt: now, endedAt: now.adding(milliseconds: 35), status: 200, error: nil)
            _ = try await store.settle(claim, as: .delivered, attempt: attempt)
        }
        try await store.upkeep?.catchUp()
        let pages = try await store.read { db in
            try Int.fetchOne(
                db,
                sql: "SELECT (page_count - freelist_count) * page_size "
                    + "FROM pragma_page_count, pragma_freelist_count, pragma_page_size")
        }
        // What was announced included, which is kept for a redelivery; without the room that the next will use.
        let bytes = try #require(pages) / orders
        #expect(bytes < 1600, "\(bytes) bytes")
        await store.close()
    }
}

private final class CommitObserver: TransactionObserver, Sendable {
    private let onCommit: @Sendable () -> Void

    init(onCommit: @escaping @Sendable () -> Void) { self.onCommit = onCommit }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { onCommit() }
    func databaseDidRollback(_ db: Database) {}
}
