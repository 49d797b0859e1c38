import GRDB
package import Orders

extension OrderDatabase {
    package func apply(
        _ update: ShippingUpdate, received receipt: WebhookReceipt
    ) async throws(StoreError) -> ShippingOutcome {
        let (outcome, frees) = try await write { try InboundDesk(db: $0).take(in: update, receipt) }
        upkeep?.hear(receipt.at)
        if frees { hintBoard.post() }
        return outcome
    }

    package func match(
        _ id: Int64, to number: OrderNumber, by actor: Actor, at now: Timestamp,
        reading read: @escaping @Sendable (InboundUpdate) -> ShippingUpdate?
    ) async throws(StoreError) -> MatchOutcome {
        let outcome = try await write { db in
            try InboundDesk(db: db).match(id, to: number, by: actor, at: now, reading: read)
        }
        if case .done = outcome { hintBoard.post() }
        return outcome
    }

    package func dismiss(_ id: Int64, by actor: Actor, at now: Timestamp) async throws(StoreError) -> MatchOutcome {
        try await write { db in
            let table = InboundTable(db: db)
            guard let kept = try table.update(id) else { return .notFound }
            guard kept.state == .unmatched || kept.state == .ignored else { return .settledAlready }
            try table.setState(.dismissed, of: id)
            guard let dismissed = try table.update(id) else { return .notFound }
            return .done(dismissed)
        }
    }
}

/// What a message of the house changes, inside a transaction. What it means is for `Order.applying` to say.
struct InboundDesk {
    let db: Database

    /// - Returns: the answer, and whether a delivery that waited is free to go now.
    func take(
        in update: ShippingUpdate, _ receipt: WebhookReceipt
    ) throws -> (outcome: ShippingOutcome, frees: Bool) {
        let inbound = InboundTable(db: db)
        if let digest = try inbound.digest(of: receipt.id) {
            return (digest == receipt.digest ? .duplicate : .idReused, false)
        }
        try inbound.remember(receipt)
        if case .unknown(let reason) = update.content {
            try inbound.keep(update, receipt, as: .ignored, reason: reason)
            return (.ignored(reason: reason), false)
        }
        guard let id = try order(meantBy: update) else {
            try inbound.keep(update, receipt, as: .unmatched, reason: nil)
            return (.unmatched, false)
        }
        let (applied, settled) = try apply(update, to: id, at: receipt.at)
        switch applied.result {
        // A delivery that is settled is to be seen, too.
        case .ignored(let reason) where !settled: return (.ignored(reason: reason), applied.settlesDelivery)
        case .ignored, .applied: return (.applied, applied.settlesDelivery)
        }
    }

    func match(
        _ id: Int64, to number: OrderNumber, by actor: Actor, at now: Timestamp,
        reading read: (InboundUpdate) -> ShippingUpdate?
    ) throws -> MatchOutcome {
        let inbound = InboundTable(db: db)
        guard let kept = try inbound.update(id) else { return .notFound }
        guard kept.state == .unmatched || kept.state == .ignored else { return .settledAlready }
        guard let orderID = try OrderTable(db: db).id(of: number) else { return .orderNotFound }
        guard let update = read(kept) else { return .notUnderstood }
        if case .unknown = update.content { return .notUnderstood }
        let (applied, _) = try apply(update, to: orderID, at: now)
        let status = applied.order.status
        let entry = HistoryEntry(
            at: now, actor: actor, event: "update.matched", from: status, to: status, detail: update.type)
        try HistoryTable(db: db).append(entry, to: orderID)
        try OrderTable(db: db).touch(orderID, at: now)
        try inbound.setMatched(id, to: orderID)
        guard let matched = try inbound.update(id) else { return .notFound }
        return .done(matched)
    }

    /// By its number; an update that names only a parcel, by the parcel.
    private func order(meantBy update: ShippingUpdate) throws -> OrderID? {
        if let text = update.orderNumber {
            return try OrderNumber(text).flatMap { try OrderTable(db: db).id(of: $0) }
        }
        guard case .package(let package) = update.content else { return nil }
        return try PackageTable(db: db).order(fitting: package)
    }

    private func apply(
        _ update: ShippingUpdate, to id: OrderID, at now: Timestamp
    ) throws -> (applied: AppliedUpdate, settled: Bool) {
        let order = try OrderTable(db: db).existing(id)
        let applied = order.applying(update, at: now)
        if let new = applied.newPackageUpdate { try PackageTable(db: db).insert(new, for: id) }
        if applied.order != order { try OrderTable(db: db).update(applied.order, replacing: order) }
        for entry in applied.history { try HistoryTable(db: db).append(entry, to: id) }
        guard applied.settlesDelivery else { return (applied, false) }
        return (applied, try DeliveryTable(db: db).settleAcknowledged(applied.order, sentAt: update.sentAt))
    }
}
