import GRDB
package import Orders

extension OrderDatabase {
    package func place(
        _ order: Order, announcing event: OutboxEvent, key: IdempotencyKey?
    ) async throws(StoreError) -> Placement {
        let new = NewOrder(order, announcedBy: event)
        let placement = try await write { db in
            if let key, let earlier = try PlacingDesk(db: db).placement(under: key) { return earlier }
            return .placed(try PlacingDesk(db: db).place(new, key: key))
        }
        upkeep?.hear(order.placedAt)
        if case .placed = placement { announceWork() }
        return placement
    }

    package func placement(under key: IdempotencyKey) async throws(StoreError) -> Placement? {
        try await read { try PlacingDesk(db: $0).placement(under: key) }
    }

    /// After a commit with a new order: it waits for the relay and for the index.
    func announceWork() {
        upkeep?.ring()
        hintBoard.post()
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
    func place(_ new: NewOrder, key: IdempotencyKey?) throws -> Order {
        let order = try write(new) { throw Undone(Placement.identityTaken) }
        if let key {
            try db.run(
                "INSERT INTO idempotency_keys (key, digest, order_id) VALUES (?, ?, ?)",
                [key.value, key.digest.blob, order.id.value])
        }
        return order
    }

    /// - Parameter refuse: called when the order's number or a key is taken.
    /// - Returns: the order with the flags that it was given here.
    func write(_ new: NewOrder, orElse refuse: () throws -> Never) throws -> Order {
        var order = new.order
        let isTwin = try enterFingerprint(of: new)
        // Who sends an order again means to.
        let raised: Set<OrderFlag> = isTwin && order.reshipOf == nil ? [.possibleDuplicate] : []
        guard try OrderTable(db: db).insert(new, raising: raised) else { try refuse() }
        guard try DeliveryTable(db: db).insert(new.event) else { try refuse() }
        try SearchIndex(db: db).note(order.id)
        order.facts.raisedFlags.formUnion(raised)
        return order
    }

    /// True when an order with the same fingerprint was placed within the window before.
    private func enterFingerprint(of new: NewOrder) throws -> Bool {
        let twin = try db.integer("SELECT order_id FROM fingerprints WHERE fingerprint = ?", [new.fingerprint])
        try db.run(
            "INSERT OR REPLACE INTO fingerprints (fingerprint, order_id) VALUES (?, ?)",
            [new.fingerprint, new.order.id.value])
        let earliest = OrderID.lowest(at: new.order.placedAt.adding(seconds: -Fingerprint.windowSeconds))
        return twin.map { $0 >= earliest } ?? false
    }
}
