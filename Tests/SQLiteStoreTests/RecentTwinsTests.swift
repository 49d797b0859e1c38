import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// Who counts as having sent the same order before.
@Suite struct RecentTwinsTests {
    private static let day: Int64 = 86_400

    private func place(_ order: Order, in store: OrderDatabase) async throws -> Bool {
        let placement = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
        guard case .placed(let placed) = placement else { throw Unexpected("not placed: \(placement)") }
        return placed.flags.contains(.possibleDuplicate)
    }

    private func order(at second: Int64) -> Order {
        SampleOrders.order(at: SampleOrders.start.adding(seconds: second))
    }

    @Test func theSameOrderWithinADayIsSeenAlsoAfterARestart() async throws {
        let database = try DatabaseInFolder()
        #expect(try await !place(order(at: 0), in: database.store))
        #expect(try await place(order(at: 10), in: database.store))
        await database.store.close()

        let store = try OrderDatabase.open(path: database.path, queueLimit: 10)
        #expect(try await place(order(at: Self.day), in: store))
        #expect(try await !place(order(at: 3 * Self.day), in: store))
        await store.close()
    }

    @Test func anOrderThatWasTakenBackIsNobodysTwin() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let first = SampleOrders.order(to: SampleOrders.shipTo(line1: "9 Other St"))
        #expect(try await !place(first, in: store))
        // The same number: it cannot be written.
        let clash = Order(
            id: .draw(at: SampleOrders.start), number: first.number, statusToken: first.statusToken,
            placedAt: SampleOrders.start, updatedAt: SampleOrders.start, lines: first.lines,
            weightLimit: first.weightLimit, shipTo: SampleOrders.shipTo(), email: nil, requesterType: .patient,
            language: .english, notes: nil, reshipOf: nil, facts: OrderFacts())
        let placement = try await store.place(clash, announcing: SampleOrders.announcement(of: clash), key: nil)
        guard case .identityTaken = placement else { throw Unexpected("placed: \(placement)") }
        #expect(try await !place(SampleOrders.order(lines: ["A": 5, "B": 2]), in: store))
        // The one that was there before still counts.
        #expect(try await place(SampleOrders.order(at: SampleOrders.start.adding(seconds: 1)), in: store))
        await store.close()
    }

    @Test func whatIsPastTheDayIsForgotten() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let twins = RecentTwins()
        try await store.read { db in
            for index in 0..<20_000 {
                let id = OrderID.lowest(at: SampleOrders.start.adding(seconds: Int64(index) * 60))
                _ = try twins.sees(OrderID(value: id), Int64(index), in: db)
            }
        }
        // A day has 1440 minutes; they are tidied when twice as many have come.
        #expect(twins.count < 4200)
        await store.close()
    }
}
