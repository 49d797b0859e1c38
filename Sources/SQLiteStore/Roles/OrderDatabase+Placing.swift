import GRDB
package import Orders

extension OrderDatabase {
    package func place(
        _ order: Order, announcing event: OutboxEvent, key: IdempotencyKey?
    ) async throws(StoreError) -> Placement {
        let new = NewOrder(order, announcedBy: event)
        let placement = try await writeNews { try PlacingDesk(db: $0).place(new, key: key) }
        upkeep?.hear(order.placedAt)
        return placement
    }

    package func placement(under key: IdempotencyKey) async throws(StoreError) -> Placement? {
        try await read { try PlacingDesk(db: $0).placement(under: key) }
    }
}

/// What it takes to write a new order, inside a transaction.
struct PlacingDesk {
    let db: Database

    func placement(under key: IdempotencyKey) throws -> Placement? {
        let bound = try db.row("SELECT digest, order_id FROM idempotency_keys WHERE key = ?", [key.value])
        guard var columns = bound else { return nil }
        guard try columns.bytes() == key.digest else { return .keyReused }
        return .replayed(try OrderTable(db: db).existing(OrderID(value: columns.integer())))
    }

    /// Takes all of it back and answers `identityTaken` when the order's number or a key is taken.
    func place(_ new: NewOrder, key: IdempotencyKey?) throws -> Placement {
        if let key {
            // Bound before anything else is written, and only looked up when it was bound already.
            let changes = try db.run(
                "INSERT INTO idempotency_keys (key, digest, order_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [key.value, key.digest.blob, new.order.id.value])
            if changes == 0, let earlier = try placement(under: key) { return earlier }
        }
        return .placed(try write(new) { throw Undone(Placement.identityTaken) })
    }

    /// - Parameter refuse: called when the order's number or a key is taken.
    /// - Returns: the order with the flags that it was given here.
    func write(_ new: NewOrder, orElse refuse: () throws -> Never) throws -> Order {
        var order = new.order
        let isTwin = try enterFingerprint(of: new)
        // Who sends an order again means to.
        let raised: Set<OrderFlag> = isTwin && order.reshipOf == nil ? [.possibleDuplicate] : []
        guard try OrderTable(db: db).insert(new, raising: raised) else { try refuse() }
        guard try DeliveryTable(db: db).insertFirst(new.event) else { try refuse() }
        try SearchIndex(db: db).note(order.id)
        order.facts.raisedFlags.formUnion(raised)
        return order
    }

    /// True when an order with the same fingerprint was placed within the window before.
    private func enterFingerprint(of new: NewOrder) throws -> Bool {
        let isNew = try db.run(
            "INSERT INTO fingerprints (fingerprint, order_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [new.fingerprint, new.order.id.value])
        if isNew == 1 { return false }
        let twin = try db.integer("SELECT order_id FROM fingerprints WHERE fingerprint = ?", [new.fingerprint])
        try db.run(
            "UPDATE fingerprints SET order_id = ? WHERE fingerprint = ?", [new.order.id.value, new.fingerprint])
        let earliest = OrderID.lowest(at: new.order.placedAt.adding(seconds: -Fingerprint.windowSeconds))
        return twin.map { $0 >= earliest } ?? false
    }
}
