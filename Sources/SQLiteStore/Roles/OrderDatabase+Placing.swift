import GRDB
package import Orders

extension OrderDatabase {
    package func place(
        _ order: Order, announcing event: OutboxEvent, key: IdempotencyKey?
    ) async throws(StoreError) -> Placement {
        let new = NewOrder(order, announcedBy: event)
        let twins = twins
        let placement = try await writeNews { try PlacingDesk(db: $0, twins: twins).place(new, key: key) }
        upkeep?.hear(order.placedAt)
        return placement
    }

    package func placement(under key: IdempotencyKey) async throws(StoreError) -> Placement? {
        try await read { try Self.placement(under: key, in: $0) }
    }

    fileprivate static func placement(under key: IdempotencyKey, in db: Database) throws -> Placement? {
        let bound = try db.row("SELECT digest, order_id FROM idempotency_keys WHERE key = ?", [key.value])
        guard var columns = bound else { return nil }
        guard try columns.bytes() == key.digest else { return .keyReused }
        let order = try OrderTable(db: db).existing(OrderID(value: columns.integer()))
        // Its first answer cannot be given again: what opened the status page is gone. It must not become a second order.
        return order.facts.erasedAt == nil ? .replayed(order) : .keyReused
    }
}

/// What it takes to write a new order, inside a transaction.
struct PlacingDesk {
    let db: Database
    let twins: RecentTwins

    /// Takes all of it back and answers `identityTaken` when the order's number or a key is taken.
    func place(_ new: NewOrder, key: IdempotencyKey?) throws -> Placement {
        if let key {
            // Bound before anything else is written, and only looked up when it was bound already.
            let changes = try db.run(
                "INSERT INTO idempotency_keys (key, digest, order_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [key.value, key.digest.blob, new.order.id.value])
            if changes == 0, let earlier = try OrderDatabase.placement(under: key, in: db) { return earlier }
        }
        return .placed(try write(new) { throw Undone(Placement.identityTaken) })
    }

    /// - Parameter refuse: called when the order's number or a key is taken.
    /// - Returns: the order with the flags that it was given here.
    func write(_ new: NewOrder, orElse refuse: () throws -> Never) throws -> Order {
        var order = new.order
        let isTwin = try twins.sees(order.id, new.fingerprint, in: db)
        // Who sends an order again means to.
        let raised: Set<OrderFlag> = isTwin && order.reshipOf == nil ? [.possibleDuplicate] : []
        guard try OrderTable(db: db).insert(new, raising: raised) else { try refuse() }
        guard try DeliveryTable(db: db).insertFirst(new.event) else { try refuse() }
        try SearchIndex(db: db).note(order.id)
        order.facts.raisedFlags.formUnion(raised)
        return order
    }
}
