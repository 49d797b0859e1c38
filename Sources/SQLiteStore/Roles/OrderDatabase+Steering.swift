import GRDB
package import Orders

extension OrderDatabase {
    package func perform(
        _ action: StaffAction, on number: OrderNumber, by actor: Actor, at now: Timestamp, ifMatch: [String]?,
        trace: TraceContext?
    ) async throws(StoreError) -> ActionOutcome {
        let twins = twins
        return try await writeNews { db in
            try SteeringDesk(db: db, twins: twins, trace: trace)
                .perform(action, on: number, by: actor, at: now, ifMatch: ifMatch)
        }
    }

    package func redeliver(
        _ id: EventID, by actor: Actor, at now: Timestamp
    ) async throws(StoreError) -> RedeliveryOutcome {
        let twins = twins
        let outcome = try await write { try SteeringDesk(db: $0, twins: twins).redeliver(id, by: actor, at: now) }
        if case .done = outcome { hintBoard.post() }
        return outcome
    }
}

/// What staff's actions change, inside a transaction. What is allowed is for `Order.deciding` to say.
struct SteeringDesk {
    let db: Database
    let twins: RecentTwins
    /// The request that asks for it.
    var trace: TraceContext?

    func perform(
        _ action: StaffAction, on number: OrderNumber, by actor: Actor, at now: Timestamp, ifMatch: [String]?
    ) throws -> ActionOutcome {
        guard let id = try OrderTable(db: db).id(of: number) else { return .notFound }
        let detail = try OrderDetail(reading: id, from: db)
        if let ifMatch, !ifMatch.contains("*"), !ifMatch.contains(detail.entityTag) { return .changedSince }
        let delivery = try DeliveryTable(db: db).latestPlaced(of: id)
        switch detail.order.deciding(action, by: actor, at: now, delivery: delivery) {
        case .refused(let refusal): return .refused(refusal)
        case .accepted(let changes):
            try write(changes, replacing: detail.order, by: actor, at: now)
            let changed = try OrderDetail(reading: id, from: db)
            guard let new = changes.newOrder?.order else { return .done(changed) }
            return .reshipped(original: changed, new: try OrderDetail(reading: new.id, from: db))
        }
    }

    private func write(
        _ changes: StaffChanges, replacing old: Order, by actor: Actor, at now: Timestamp
    ) throws {
        let refuse: () throws -> Never = { throw Undone(ActionOutcome.identityTaken) }
        if let new = changes.newOrder {
            var event = new.event
            event.trace = trace
            let order = try PlacingDesk(db: db, twins: twins)
                .write(NewOrder(new.order, announcedBy: event), orElse: refuse)
            try HistoryTable(db: db).recordPlacing(of: order, by: actor)
        }
        try OrderTable(db: db).update(changes.order, replacing: old)
        try HistoryTable(db: db).append(changes.history, to: old.id)
        let deliveries = DeliveryTable(db: db)
        for change in changes.outbox {
            switch change {
            case .withdraw(let id): try deliveries.withdraw(id)
            case .restore(let id): try deliveries.restore(id, at: now)
            case .announce(var event):
                event.trace = trace
                guard try deliveries.insertNext(event) else { try refuse() }
            case .redeliver(let id): _ = try deliveries.restart(id, at: now)
            }
        }
        if !changes.outbox.isEmpty { try OrderTable(db: db).refreshExhaustedFlag(old.id) }
    }

    func redeliver(_ id: EventID, by actor: Actor, at now: Timestamp) throws -> RedeliveryOutcome {
        let deliveries = DeliveryTable(db: db)
        guard let (delivery, orderID) = try deliveries.delivery(id) else { return .notFound }
        let order = try OrderTable(db: db).existing(orderID)
        if order.facts.erasedAt != nil { return .erased(order.status) }
        guard try deliveries.restart(id, at: now) else { return .inFlight }
        try OrderTable(db: db).touch(orderID, at: now)
        try OrderTable(db: db).refreshExhaustedFlag(orderID)
        let status = order.status
        let entry = HistoryEntry(
            at: now, actor: actor, event: "delivery.redelivered", from: status, to: status,
            detail: "\(delivery.kind.rawValue), \(delivery.id)")
        try HistoryTable(db: db).append(entry, to: orderID)
        guard let restarted = try deliveries.delivery(id) else { return .notFound }
        return .done(restarted.delivery)
    }
}
