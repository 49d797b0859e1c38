import GRDB
import Orders

/// The table `deliveries` as staff's actions and lists need it; the relay's side of it is `DeliveryQueue`.
struct DeliveryTable {
    let db: Database

    // MARK: Writing

    /// Writes an event's delivery to the house, due at once; false when the event's key is taken.
    ///
    /// The deliveries of one order go by their keys, and keys are times: one drawn after the clock was set back comes
    /// behind the order's latest. How far is drawn, so that a key that is taken is another one at the next try.
    func insert(_ event: OutboxEvent) throws -> Bool {
        let changes = try db.run(
            """
            INSERT INTO deliveries (id, order_id, kind, endpoint, state, due_at, payload)
            VALUES (
                max(?1, ifnull((SELECT max(id) + ?2 FROM deliveries WHERE order_id = ?3), 0)), ?3, ?4, 1, 0, ?5, ?6)
            ON CONFLICT DO NOTHING
            """,
            [
                event.id.value, Int64.random(in: 1...1024), event.orderID.value, event.kind.code,
                event.at.milliseconds, event.payload.blob,
            ])
        return changes == 1
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

    /// Same id and bytes, attempts start again; false when it is in flight.
    func restart(_ id: EventID, at now: Timestamp) throws -> Bool {
        let changes = try db.run(
            """
            UPDATE deliveries SET state = 0, due_at = ?, attempts = 0, fence = fence + 1 WHERE id = ? AND state <> 1
            """, [now.milliseconds, id.value])
        return changes == 1
    }

    /// The house acknowledged the order: what was tried of its announcements and is not settled has arrived.
    func settleAcknowledged(_ id: OrderID) throws {
        let changes = try db.run(
            """
            UPDATE deliveries SET state = 2, due_at = NULL, claimed_at = NULL, fence = fence + 1
            WHERE order_id = ? AND kind = 0 AND (state = 1 OR state IN (0, 3) AND (attempts > 0 OR log IS NOT NULL))
            """, [id.value])
        if changes > 0 { try OrderTable(db: db).refreshExhaustedFlag(id) }
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
