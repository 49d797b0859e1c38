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
}
