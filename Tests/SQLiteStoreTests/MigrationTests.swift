import Foundation
import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// A file of an earlier version comes up to date with all that it holds.
@Suite struct MigrationTests {
    /// Writes an order as the first step had it: the body with its delivery, the fingerprint in a table of its own.
    private func write(_ order: Order, _ event: OutboxEvent, to db: Database) throws {
        let new = NewOrder(order, announcedBy: event)
        try db.run(
            """
            INSERT INTO orders (id, number, token_secret, updated_at, status, flags, house_has_it, was_sent,
                weight_limit, total_millionths, titles, copies, lines, name, line1, city, region, postal_code, country,
                requester_type, language, version)
            VALUES (?, ?, ?, ?, 0, 0, 0, 0, ?, 1, 2, 7, ?, ?, ?, ?, ?, ?, ?, 0, 0, 1)
            """,
            [
                order.id.value, order.number.value, order.statusToken.secret.blob, order.placedAt.milliseconds,
                order.weightLimit.description, new.lines, order.shipTo.name, order.shipTo.line1, order.shipTo.city,
                order.shipTo.region, order.shipTo.postalCode, order.shipTo.country,
            ])
        try db.run(
            "INSERT INTO deliveries (id, order_id, kind, endpoint, state, due_at, payload) VALUES (?, ?, 0, 1, 0, ?, ?)",
            [event.id.value, order.id.value, event.at.milliseconds, event.payload.blob])
        try db.run("INSERT INTO fingerprints VALUES (?, ?)", [new.fingerprint, order.id.value])
        try db.run("INSERT INTO search (rowid, words) VALUES (?, 'ana maria nunez springfield')", [order.id.value])
    }

    @Test func aFileOfTheFirstStepKeepsWhatItHolds() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/mailroom.db"
        let order = SampleOrders.order()
        let event = SampleOrders.announcement(of: order)
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "1 orders and outbox")
        try await queue.write { try write(order, event, to: $0) }
        try queue.close()
        #expect(throws: OpenError.tooOld) { try OrderDatabase.open(path: path, queueLimit: 10) }

        let applied = try OrderDatabase.migrate(path: path).applied
        #expect(applied == Array(Schema.migrator.migrations.dropFirst()))
        let store = try OrderDatabase.open(path: path, queueLimit: 10)
        let claims = try await store.claim(
            ClaimRequest(endpoint: "fulfillment", limit: 2, now: SampleOrders.start)
        ).claims
        #expect(claims.map(\.payload) == [event.payload])
        var query = OrderQuery()
        query.search = SearchTerm("nun spring")
        #expect(try await store.orders(query).summaries.map(\.number) == [order.number])

        let twin = SampleOrders.order(at: SampleOrders.start.adding(seconds: 60))
        guard
            case .placed(let placed) = try await store.place(
                twin, announcing: SampleOrders.announcement(of: twin), key: nil)
        else { throw Unexpected("the twin was not placed") }
        #expect(placed.flags.contains(.possibleDuplicate))
        await store.close()
    }

    @Test func ordersOfBeforeEndWhenTheirStatusBecameFinal() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/mailroom.db"
        let told = SampleOrders.order()
        let untold = SampleOrders.order(lines: ["A": 1])
        let open = SampleOrders.order(lines: ["A": 2])
        let end = SampleOrders.start.adding(days: 3)
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "1 orders and outbox")
        try await queue.write { db in
            for order in [told, untold, open] { try write(order, SampleOrders.announcement(of: order), to: db) }
            try db.run("UPDATE orders SET updated_at = ?", [end.adding(days: 9).milliseconds])
            try db.run("UPDATE orders SET status = 10 WHERE id IN (?, ?)", [told.id.value, untold.id.value])
            for (seq, from) in [(1, OrderStatus.placed), (2, .delivered)] {
                try db.run(
                    "INSERT INTO history VALUES (?, ?, ?, 'house', 'package.updated', ?, 10, NULL)",
                    [told.id.value, seq, end.adding(days: seq - 1).milliseconds, from.code])
            }
        }
        try queue.close()
        // What a look into a copy of that version can tell: the latest that it can have been.
        let rule = RetentionRule(days: 90)
        #expect(try RetentionLook.look(into: path, by: rule, at: end.adding(days: 98)) == .init(orders: 3, due: 0))
        #expect(try RetentionLook.look(into: path, by: rule, at: end.adding(days: 99)) == .init(orders: 3, due: 2))
        _ = try OrderDatabase.migrate(path: path)
        let store = try OrderDatabase.open(path: path, queueLimit: 10)
        #expect(try await store.retention(by: rule, at: end.adding(days: 90)).due == 1)
        #expect(try await store.retention(by: rule, at: end.adding(days: 99)).due == 2)
        await store.close()
    }

    @Test func numbersAreFoundByTheirPlacesAndStayUnique() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/mailroom.db"
        let orders = (0..<50).map { SampleOrders.order(to: SampleOrders.shipTo(line1: "\($0) Main St")) }
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "1 orders and outbox")
        try await queue.write { db in
            for order in orders { try write(order, SampleOrders.announcement(of: order), to: db) }
        }
        try Schema.migrator.migrate(queue, upTo: "9 search index merged in small steps")
        // Every column of every row, written out.
        let rows = "SELECT * FROM orders ORDER BY id"
        let indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'orders' ORDER BY name"
        let before = try await queue.read { db in
            (
                rows: try Row.fetchAll(db, sql: rows).map(\.debugDescription),
                indexes: try String.fetchAll(db, sql: indexes)
            )
        }
        try queue.close()

        #expect(try OrderDatabase.migrate(path: path).applied == ["10 numbers by their places"])
        let store = try OrderDatabase.open(path: path, queueLimit: 10)
        try await store.pool.read { db throws in
            #expect(try Row.fetchAll(db, sql: rows).map(\.debugDescription) == before.rows)
            let expected = before.indexes.filter { !$0.hasPrefix("sqlite_autoindex") } + ["orders_place"]
            #expect(try String.fetchAll(db, sql: indexes) == expected.sorted())
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            #expect(try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil)
        }
        for order in orders { #expect(try await store.order(order.number)?.id == order.id) }
        #expect(try await store.order(OrderNumber(serial: 1)) == nil)
        // Of a number that is taken, a second order is refused.
        let first = orders[0]
        let twin = SampleOrders.order(numbered: first.number)
        guard
            case .identityTaken = try await store.place(
                twin, announcing: SampleOrders.announcement(of: twin), key: nil)
        else { throw Unexpected("a number was given twice") }
        await store.close()
    }
}
