import GRDB
package import Orders

extension OrderDatabase {
    package func place(
        _ order: Order, announcing event: OutboxEvent, key: IdempotencyKey?
    ) async throws(StoreError) -> Placement {
        let placement = try await write { db in
            if let key, let earlier = try PlacingDesk(db: db).placement(under: key) { return earlier }
            return .placed(try PlacingDesk(db: db).place(order, announcing: event, key: key))
        }
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
    func place(_ order: Order, announcing event: OutboxEvent, key: IdempotencyKey?) throws -> Order {
        let order = try write(order, announcing: event) { throw Undone(Placement.identityTaken) }
        if let key {
            try db.run(
                "INSERT INTO idempotency_keys (key, digest, order_id) VALUES (?, ?, ?)",
                [key.value, key.digest.blob, order.id.value])
        }
        return order
    }

    /// - Parameter refuse: called when the order's number or a key is taken.
    /// - Returns: the order with the flags that it was given here.
    func write(_ order: Order, announcing event: OutboxEvent, orElse refuse: () throws -> Never) throws -> Order {
        var order = order
        let isTwin = try enterFingerprint(of: order)
        // Who sends an order again means to.
        if isTwin && order.reshipOf == nil { order.facts.raisedFlags.insert(.possibleDuplicate) }
        guard try OrderTable(db: db).insert(order) else { try refuse() }
        guard try DeliveryTable(db: db).insert(event) else { try refuse() }
        try SearchIndex(db: db).note(order.id)
        return order
    }

    /// True when an order with the same fingerprint was placed within the window before.
    private func enterFingerprint(of order: Order) throws -> Bool {
        let fingerprint = Fingerprint.of(order)
        let twin = try db.integer("SELECT order_id FROM fingerprints WHERE fingerprint = ?", [fingerprint])
        try db.run(
            "INSERT OR REPLACE INTO fingerprints (fingerprint, order_id) VALUES (?, ?)", [fingerprint, order.id.value])
        let earliest = OrderID.lowest(at: order.placedAt.adding(seconds: -Fingerprint.windowSeconds))
        return twin.map { $0 >= earliest } ?? false
    }
}
