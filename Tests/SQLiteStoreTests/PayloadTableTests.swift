import Foundation
import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// Where the bodies of announcements lie, before they were delivered and after.
@Suite struct PayloadTableTests {
    private static let now = SampleOrders.start
    private static let delivered = DeliveryAttempt(startedAt: now, endedAt: now, status: 200, error: nil)

    private struct Bodies: Equatable {
        let plain: Int64?
        let packed: Int64?
    }

    private func bodies(in store: OrderDatabase) async throws -> Bodies {
        try await store.read { db in
            Bodies(
                plain: try db.integer("SELECT count(*) FROM payloads"),
                packed: try db.integer("SELECT count(*) FROM packed_payloads"))
        }
    }

    private func onlyClaim(_ store: OrderDatabase) async throws -> Claim {
        let batch = try await store.claim(ClaimRequest(endpoint: "fulfillment", limit: 2, now: Self.now))
        #expect(batch.claims.count == 1)
        return try #require(batch.claims.first)
    }

    @Test func whatWasDeliveredIsPackedAndStaysResendable() async throws {
        let database = try DatabaseInFolder()
        let order = SampleOrders.order()
        let event = SampleOrders.announcement(of: order)
        _ = try await database.store.place(order, announcing: event, key: nil)
        #expect(try await bodies(in: database.store) == Bodies(plain: 1, packed: 0))

        for _ in 1...2 {
            let claim = try await onlyClaim(database.store)
            #expect(claim.payload == event.payload)
            #expect(try await database.store.settle(claim, as: .delivered, attempt: Self.delivered) == .settled)
            #expect(try await bodies(in: database.store) == Bodies(plain: 0, packed: 1))
            _ = try await database.store.redeliver(event.id, by: .staff("kim"), at: Self.now)
        }
        await database.store.close()
    }

    @Test func anAcknowledgementPacksTooAndAFailureDoesNot() async throws {
        let database = try DatabaseInFolder()
        let order = SampleOrders.order()
        _ = try await database.store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
        let claim = try await onlyClaim(database.store)
        _ = try await database.store.settle(
            claim, as: .retry(at: Self.now, requestSent: true), attempt: Self.delivered)
        #expect(try await bodies(in: database.store) == Bodies(plain: 1, packed: 0))

        let acknowledged = SampleOrders.said(.acknowledged(houseReference: "H1"), of: order.number, second: 9)
        _ = try await database.store.apply(acknowledged, received: SampleOrders.receipt("w1"))
        #expect(try await bodies(in: database.store) == Bodies(plain: 0, packed: 1))
        await database.store.close()
    }
}
