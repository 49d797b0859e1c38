import GRDB
import Orders

/// The table `deliveries` as staff's actions and lists need it; the relay's side of it is `DeliveryQueue`.
struct DeliveryTable {
    let db: Database

    // MARK: Writing

    /// Writes the delivery of an order's first event to the house, due at once; false when the event's key is taken.
    func insertFirst(_ event: OutboxEvent) throws -> Bool {
        let changes = try db.run(
            """
            INSERT INTO deliveries (id, order_id, kind, endpoint, state, due_at, trace) VALUES (?, ?, ?, 1, 0, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            [
                event.id.value, event.orderID.value, event.kind.code, event.at.milliseconds,
                event.trace?.bytes.blob,
            ])
        guard changes == 1 else { return false }
        try PayloadTable(db: db).insert(event.payload, for: event.id)
        return true
    }

    /// As `insertFirst`, for an order that has deliveries.
    ///
    /// The deliveries of one order go by their keys, and keys are times: one drawn after the clock was set back comes
    /// behind the order's latest. How far is drawn, so that a key that is taken is another one at the next try.
    func insertNext(_ event: OutboxEvent) throws -> Bool {
        let inserted = try db.integer(
            """
            INSERT INTO deliveries (id, order_id, kind, endpoint, state, due_at, trace)
            VALUES (max(?1, ifnull((SELECT max(id) + ?2 FROM deliveries WHERE order_id = ?3), 0)), ?3, ?4, 1, 0, ?5, ?6)
            ON CONFLICT DO NOTHING RETURNING id
            """,
            [
                event.id.value, Int64.random(in: 1...1024), event.orderID.value, event.kind.code,
                event.at.milliseconds, event.trace?.bytes.blob,
            ])
        guard let id = inserted.map(EventID.init(value:)) else { return false }
        try PayloadTable(db: db).insert(event.payload, for: id)
        return true
    }

    /// Stops a delivery that is not done; one in flight goes on.
    func withdraw(_ id: EventID) throws {
        try db.run(
            "UPDATE deliveries SET state = 4, due_at = NULL, fence = fence + 1 WHERE id = ? AND state IN (0, 3)",
            [id.value])
    }

    /// A withdrawn delivery goes on, due at once, its attempts as they were.
    func restore(_ id: EventID, at now: Timestamp) throws {
        try db.run(
            "UPDATE deliveries SET state = 0, due_at = ?, fence = fence + 1 WHERE id = ? AND state = 4",
            [now.milliseconds, id.value])
    }

    /// Same id and bytes, attempts start again, and until the first nothing was tried; false when it is in flight.
    func restart(_ id: EventID, at now: Timestamp) throws -> Bool {
        let changes = try db.run(
            """
            UPDATE deliveries SET state = 0, due_at = ?, attempts = 0, probed_at = NULL, fence = fence + 1
            WHERE id = ? AND state <> 1
            """, [now.milliseconds, id.value])
        return changes == 1
    }

    func states(of id: OrderID) throws -> [DeliveryState] {
        try db.rows("SELECT state FROM deliveries WHERE order_id = ?", [id.value]) { try $0.code() }
    }

    /// Stops every delivery of an order that was not sent, or not heard.
    func withdrawAll(of id: OrderID) throws {
        try db.run(
            "UPDATE deliveries SET state = 4, due_at = NULL, fence = fence + 1 WHERE order_id = ? AND state IN (0, 3)",
            [id.value])
    }

    /// The house acknowledged the order: what was tried of its announcements, since they were last started, and is not
    /// settled has arrived.
    ///
    /// An announcement that replaces an earlier one must not be settled by an acknowledgement of that one which comes
    /// late: this one must be younger than the rejection that was answered, by the house's clock alone, and not older
    /// than the announcement's first attempt, with room for the two clocks.
    /// - Parameter sentAt: when the house says that it acknowledged.
    /// - Returns: whether there was one.
    func settleAcknowledged(_ order: Order, sentAt: Timestamp) throws -> Bool {
        let announcements = try db.rows(
            """
            SELECT id, state, attempts > 0 OR probed_at IS NOT NULL, claimed_at, log FROM deliveries
            WHERE order_id = ? AND kind = 0 ORDER BY id
            """, [order.id.value]
        ) { columns in
            try Announcement(
                id: columns.integer(), state: columns.code(), wasTried: columns.bool(),
                claimedAt: columns.optionalTimestamp(), log: columns.optionalText())
        }
        let answered = order.facts.messages.compactMap { message in
            if case .rejected = message.content, order.facts.answeredRejections.contains(message.id) {
                message.sentAt
            } else {
                nil
            }
        }.max()
        let arrived = try announcements.enumerated().filter { index, announcement in
            guard announcement.isOpen && announcement.wasTried else { return false }
            guard index > 0 else { return true }
            guard let startedAt = try announcement.firstAttemptAt else { return false }
            return sentAt >= startedAt.adding(seconds: -Self.clockSkewSeconds) && answered.map { sentAt > $0 } ?? true
        }
        for (_, announcement) in arrived {
            try db.run(
                "UPDATE deliveries SET state = 2, due_at = NULL, claimed_at = NULL, fence = fence + 1 WHERE id = ?",
                [announcement.id])
            try PayloadTable(db: db).putAway(EventID(value: announcement.id))
        }
        if !arrived.isEmpty { try OrderTable(db: db).refreshExhaustedFlag(order.id) }
        return !arrived.isEmpty
    }

    private static let clockSkewSeconds: Int64 = 300

    private struct Announcement {
        let id: Int64
        let state: DeliveryState
        let wasTried: Bool
        let claimedAt: Timestamp?
        let log: String?

        var isOpen: Bool { [.pending, .inFlight, .exhausted].contains(state) }

        var firstAttemptAt: Timestamp? {
            get throws { try AttemptLog.decode(log).first?.startedAt ?? claimedAt }
        }
    }

    // MARK: Reading

    /// What the guards of staff's actions must know.
    func latestPlaced(of id: OrderID) throws -> PlacedDelivery {
        let latest = try db.row(
            "SELECT id, state FROM deliveries WHERE order_id = ? AND kind = 0 ORDER BY id DESC LIMIT 1", [id.value])
        guard var columns = latest else { throw Corruption("an order has no delivery") }
        let event = EventID(value: try columns.integer())
        return PlacedDelivery(id: event, isInFlight: try columns.code(DeliveryState.self) == .inFlight)
    }

    func hasWaiting(after id: EventID, of order: OrderID) throws -> Bool {
        try db.integer(
            "SELECT 1 FROM deliveries WHERE order_id = ? AND id > ? AND state = 0 LIMIT 1", [order.value, id.value])
            != nil
    }

    /// Oldest first.
    func deliveries(of id: OrderID) throws -> [Delivery] {
        try db.rows("\(Self.selection) WHERE d.order_id = ? ORDER BY d.id", [id.value], Self.read)
    }

    func delivery(_ id: EventID) throws -> (delivery: Delivery, order: OrderID)? {
        guard var columns = try db.row("\(Self.selection) WHERE d.id = ?", [id.value]),
            let order = try db.integer("SELECT order_id FROM deliveries WHERE id = ?", [id.value])
        else { return nil }
        return (try Self.read(&columns), OrderID(value: order))
    }

    func page(_ query: DeliveryQuery) throws -> DeliveryPage {
        let source = Self.source(query.states)
        let ids = try db.integers(
            "SELECT id FROM \(source) AND id < ? ORDER BY id DESC LIMIT ?",
            [query.states.mask, query.before?.value ?? .max, query.limit + 1])
        let count = try db.integer(
            "SELECT count(*) FROM (SELECT 1 FROM \(source) LIMIT \(CappedCount.cap + 1))", [query.states.mask])
        let page = try ids.prefix(query.limit).compactMap { try delivery(EventID(value: $0))?.delivery }
        return DeliveryPage(
            deliveries: page, next: ids.count > query.limit ? page.last?.id : nil,
            count: CappedCount(Int(count ?? 0)))
    }

    /// How many were made in a range of keys, by what became of them.
    func counts(in range: KeyRange, limit: Int) throws -> [(state: DeliveryState, count: Int)] {
        try db.rows(
            """
            SELECT state, count(*) FROM
                (SELECT state FROM deliveries NOT INDEXED WHERE id >= ? AND id < ? LIMIT ?)
            GROUP BY state
            """, [range.lowest, range.end, limit]
        ) { columns in (try columns.code(DeliveryState.self), try columns.int()) }
    }

    /// Nearly every delivery was delivered; the others are few and have an index.
    private static func source(_ states: Set<DeliveryState>) -> String {
        let onlyOpen = !states.isEmpty && !states.contains(.delivered)
        return "deliveries " + (onlyOpen ? "INDEXED BY deliveries_open WHERE state <> 2 AND" : "NOT INDEXED WHERE")
            + " (1 << state) & ?"
    }

    private static let selection = """
        SELECT d.id, d.kind, o.number, e.name, d.state, d.log, d.due_at FROM deliveries d
        JOIN orders o ON o.id = d.order_id JOIN endpoints e ON e.id = d.endpoint
        """

    private static func read(_ columns: inout ColumnReader) throws -> Delivery {
        let id = EventID(value: try columns.integer())
        let kind = try columns.code(OutboxEvent.Kind.self)
        let number = try columns.orderNumber()
        let endpoint = try columns.text()
        let state = try columns.code(DeliveryState.self)
        let attempts = try AttemptLog.decode(columns.optionalText())
        let dueAt = try columns.optionalTimestamp()
        return Delivery(
            id: id, kind: kind, orderNumber: number, endpoint: endpoint, state: state, attempts: attempts,
            nextAttemptAt: state == .pending ? dueAt : nil)
    }
}
