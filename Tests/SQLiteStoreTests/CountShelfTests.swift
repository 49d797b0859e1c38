import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

@Suite(.timeLimit(.hanging)) struct CountShelfTests {
    private static func query(_ status: OrderStatus, limit: Int = 50) -> OrderQuery {
        var query = OrderQuery()
        query.statuses = [status]
        query.limit = limit
        return query
    }

    /// Behind the writer's back nobody changes the file, so what is done there shows which count was kept.
    @Test func aListIsCountedOnceBetweenTwoChanges() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        for _ in 0..<3 { try await StoreWriter(store: store).place() }
        try await store.upkeep?.catchUp()
        // Nothing changes by itself from here on.
        store.upkeep?.stop()
        let query = Self.query(.placed)
        #expect(try await store.orders(query).count == CappedCount(3))
        try await store.pool.write {
            _ = try $0.run(
                "UPDATE orders SET status = ? WHERE id = (SELECT max(id) FROM orders)", [OrderStatus.cancelled.code])
        }
        let again = try await store.orders(query)
        #expect(again.count == CappedCount(3) && again.summaries.count == 2)
        #expect(try await store.orders(Self.query(.cancelled)).count == CappedCount(1), "another list is another count")
        try await StoreWriter(store: store).place()
        #expect(try await store.orders(query).count == CappedCount(3))
        try await StoreWriter(store: store).place()
        #expect(try await store.orders(query).count == CappedCount(4))
        await store.close()
    }

    @Test func everyPageHasTheSameCount() {
        let shelf = CountShelf()
        var second = Self.query(.placed, limit: 2)
        second.before = OrderID(value: 7)
        shelf.keep(CappedCount(5), for: Self.query(.placed), at: 3)
        #expect(shelf.count(for: second, at: 3) == CappedCount(5))
        #expect(shelf.count(for: second, at: 4) == nil)
        #expect(shelf.count(for: Self.query(.shipped), at: 3) == nil)
        // Late, and counted before the change.
        shelf.keep(CappedCount(6), for: second, at: 4)
        shelf.keep(CappedCount(5), for: second, at: 3)
        #expect(shelf.count(for: second, at: 4) == CappedCount(6))
        shelf.forget()
        #expect(shelf.count(for: second, at: 4) == nil)
    }

    @Test func notManyAreKept() {
        let shelf = CountShelf()
        var query = OrderQuery()
        for day in 0..<Int64(1000) {
            query.placedFrom = Timestamp(milliseconds: day)
            shelf.keep(CappedCount(Int(day)), for: query, at: 1)
        }
        let kept = (0..<Int64(1000)).count { day in
            query.placedFrom = Timestamp(milliseconds: day)
            return shelf.count(for: query, at: 1) != nil
        }
        #expect((1...64).contains(kept))
    }
}
