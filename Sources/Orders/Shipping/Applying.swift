/// What a message of the house does to an order; a store writes it in one transaction.
package struct AppliedUpdate: Sendable {
    package let order: Order
    /// The tracking update to store; nil when there is none, or it is stored already. It replaces the same one that
    /// was dated ahead when it came.
    package let newPackageUpdate: PackageUpdate?
    package let history: [HistoryEntry]
    package let result: ShippingResult
    /// An acknowledgement: a delivery of `order.placed` that was tried and not yet settled has arrived.
    package let settlesDelivery: Bool
}

/// The body of our answer to the house.
package enum ShippingResult: Sendable, Hashable {
    case applied
    /// Stored, but nothing visible changed.
    case ignored(reason: String)
}

extension Order {
    /// Takes in what the house says. Pure and total: any message in any state has an answer, and the order in which
    /// messages arrive does not change where the order ends.
    package func applying(_ update: ShippingUpdate, at now: Timestamp) -> AppliedUpdate {
        let update = facts.erasedAt == nil ? update : update.withoutText
        return switch update.content {
        case .unknown(let reason):
            AppliedUpdate(
                order: self, newPackageUpdate: nil, history: [], result: .ignored(reason: reason),
                settlesDelivery: false)
        case .message(let content):
            applying(HouseMessage(id: update.id, sentAt: update.sentAt, content: content), type: update.type, at: now)
        case .package(let packageUpdate): applying(packageUpdate, at: now)
        }
    }

    private func applying(_ message: HouseMessage, type: String, at now: Timestamp) -> AppliedUpdate {
        var order = self
        let settles = if case .acknowledged = message.content { true } else { false }
        order.facts.houseHasIt = true
        order.facts.wasSent = true
        guard !facts.messages.contains(where: { $0.id == message.id }) else {
            return ignored(order, "this message is known already", at: now, event: type, settles: settles)
        }
        order.facts.messages.append(message)
        if order.mentionsTooMuch(message.content) { order.facts.raisedFlags.insert(.quantityMismatch) }
        if order.sameToSee(as: self) {
            return ignored(order, "nothing changed by it", at: now, event: type, settles: settles)
        }
        order.updatedAt = max(now, updatedAt)
        let entry = HistoryEntry(at: now, actor: .house, event: type, from: status, to: order.status)
        return AppliedUpdate(
            order: order, newPackageUpdate: nil, history: [entry], result: .applied, settlesDelivery: settles)
    }

    private func applying(_ update: PackageUpdate, at now: Timestamp) -> AppliedUpdate {
        var order = self
        order.facts.houseHasIt = true
        order.facts.wasSent = true
        if let index = facts.packageUpdates.firstIndex(where: { $0.isSame(as: update) }) {
            // What came too early to count counts when it is told again in its time.
            guard facts.packageUpdates[index].isDatedAhead, !update.isDatedAhead else {
                return ignored(order, "this update is known already", at: now, event: "package.updated")
            }
            order.facts.packageUpdates[index] = update
        } else {
            order.facts.packageUpdates.append(update)
        }
        if update.isDatedAhead {
            return ignored(
                order, "dated more than 24 hours ahead; kept and flagged, not counted", at: now,
                event: "package.updated", storing: update)
        }
        if (status == .onHold || status == .cancelled) && update.status != .cancelled {
            order.facts.raisedFlags.insert(.unexpectedPackage)
        }
        order.updatedAt = max(now, updatedAt)
        var history: [HistoryEntry] = []
        if order.status != status {
            history.append(
                HistoryEntry(
                    at: now, actor: .house, event: "package.updated", from: status, to: order.status,
                    detail: "a package is \(update.status.rawValue)"))
        }
        return AppliedUpdate(
            order: order, newPackageUpdate: update, history: history, result: .applied, settlesDelivery: false)
    }

    /// Even what is ignored proves that the house has the order.
    private func ignored(
        _ order: Order, _ reason: String, at now: Timestamp, event: String, settles: Bool = false,
        storing update: PackageUpdate? = nil
    ) -> AppliedUpdate {
        let moved = order.status != status
        var order = order
        if moved { order.updatedAt = max(now, updatedAt) }
        let entry = HistoryEntry(at: now, actor: .house, event: event, from: status, to: order.status)
        return AppliedUpdate(
            order: order, newPackageUpdate: update, history: moved ? [entry] : [],
            result: moved ? .applied : .ignored(reason: reason), settlesDelivery: settles)
    }

    /// Whether whoever looks at the order finds the same, `updatedAt` aside.
    private func sameToSee(as other: Order) -> Bool {
        status == other.status && quantities == other.quantities && flags == other.flags
            && houseReference == other.houseReference && expectedAt == other.expectedAt
            && openRejection?.reason == other.openRejection?.reason && openRejection?.at == other.openRejection?.at
            && CancellationStory(self) == CancellationStory(other)
    }

    /// When the house expects to ship what is backordered, in its own words.
    package var expectedAt: String? {
        facts.sortedMessages.reversed().lazy.compactMap { message -> String?? in
            if case .backordered(_, let expectedAt) = message.content { .some(expectedAt) } else { nil }
        }.first ?? nil
    }

    private func mentionsTooMuch(_ content: HouseMessage.Content) -> Bool {
        let items: [ItemCount] =
            switch content {
            case .acknowledged, .rejected: []
            case .backordered(let items, _): items
            case .cancelled(_, let items), .cancellationRefused(_, let items): items ?? []
            }
        return items.contains { isTooMuch(items.quantity(of: $0.sku), of: $0.sku) }
    }

    /// More than was ordered; of what was not ordered, any number.
    func isTooMuch(_ quantity: Int, of sku: String) -> Bool {
        quantity > lines.first { $0.sku == sku }?.quantity ?? -1
    }
}
