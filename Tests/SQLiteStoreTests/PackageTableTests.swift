import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

@Suite struct PackageTableTests {
    private func update(receivedAfter seconds: Int64, message: String) -> PackageUpdate {
        PackageUpdate(
            packageID: "P1", carrier: nil, trackingNumber: nil, trackingURL: nil, status: .delivered, items: nil,
            occurredAt: SampleOrders.start.adding(seconds: 2 * 86_400),
            receivedAt: SampleOrders.start.adding(seconds: seconds), message: message, location: nil)
    }

    @Test func onlyWhatWasDatedAheadGivesWayAndOnlyOnce() async throws {
        let database = try DatabaseInFolder()
        let order = try await StoreWriter(store: database.store).place()
        func stored(after new: PackageUpdate) async throws -> [PackageUpdate] {
            try await database.store.write { db in
                try PackageTable(db: db).insert(new, for: order.id)
                return try PackageTable(db: db).updates(of: order.id)
            }
        }
        let ahead = update(receivedAfter: 0, message: "ahead")
        #expect(ahead.isDatedAhead)
        #expect(try await stored(after: ahead) == [ahead])
        #expect(try await stored(after: update(receivedAfter: 60, message: "ahead as well")) == [ahead])
        let inTime = update(receivedAfter: 86_400, message: "in time")
        #expect(try await stored(after: inTime) == [inTime])
        #expect(try await stored(after: update(receivedAfter: 86_460, message: "again")) == [inTime])
        #expect(try await stored(after: ahead) == [inTime])
        await database.store.close()
    }
}
