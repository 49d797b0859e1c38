import GRDB
package import Orders

/// Where one delivery stands, as far as one who only looks on must know to tell that it was sent again.
package struct AnnouncementMark: Sendable, Hashable {
    package let id: EventID
    package let isSettled: Bool
    package let attempts: Int
    /// Grows with every attempt and every resend.
    package let fence: Int64

    /// True when the delivery was started anew since the mark before.
    package func isResent(since before: AnnouncementMark) -> Bool {
        before.isSettled ? fence != before.fence : attempts < before.attempts
    }
}

extension OrderDatabase {
    /// The latest deliveries, newest first.
    package func announcements(latest count: Int) async throws(StoreError) -> [AnnouncementMark] {
        let open = [DeliveryState.pending.code, DeliveryState.inFlight.code]
        return try await read { db in
            try db.rows("SELECT id, state, attempts, fence FROM deliveries ORDER BY id DESC LIMIT ?", [count]) {
                columns in
                AnnouncementMark(
                    id: EventID(value: try columns.integer()), isSettled: !open.contains(try columns.integer()),
                    attempts: try columns.int(), fence: try columns.integer())
            }
        }
    }

    /// The exact bytes of an event; nil when there is no such event any more.
    package func payload(of id: EventID) async throws(StoreError) -> [UInt8]? {
        try await read { db in
            guard try db.integer("SELECT 1 FROM deliveries WHERE id = ?", [id.value]) != nil else { return nil }
            return try PayloadTable(db: db).payload(of: id)
        }
    }
}
