/// Where an order stands: one pure function of its facts (contract §7). The first rule that holds names it.
package enum OrderStatus: String, Sendable, CaseIterable {
    case placed
    case submitted
    case backordered
    case cancelRequested = "cancel_requested"
    case onHold = "on_hold"
    case partiallyShipped = "partially_shipped"
    case exception
    case returned
    case shipped
    case cancelled
    case delivered
}

/// How much of one line went where.
package struct LineQuantities: Sendable, Hashable {
    package var ordered = 0
    package var cancelled = 0
    /// In packages that left the house, whatever became of them.
    package var shipped = 0
    package var underWay = 0
    package var delivered = 0
    /// Backordered and neither shipped nor cancelled since.
    package var backordered = 0

    /// What the order still stands for.
    package var open: Int { ordered - cancelled }
}

extension Order {
    package var parcels: [Parcel] { Parcel.parcels(from: facts.packageUpdates) }

    /// The quantities of each line, in the order of `lines`.
    package var quantities: [LineQuantities] { Derivation(self).quantities }

    package var status: OrderStatus { Derivation(self).status }

    /// Stored flags and derived ones, in the order of declaration. `deliveryExhausted` is the store's to raise.
    package var flags: [OrderFlag] { shown(Derivation(self)) }

    /// Both at once: each alone takes the same pass over the facts.
    package var statusAndFlags: (status: OrderStatus, flags: [OrderFlag]) {
        let derivation = Derivation(self)
        return (derivation.status, shown(derivation))
    }

    private func shown(_ derivation: Derivation) -> [OrderFlag] {
        if facts.raisedFlags.isEmpty && derivation.flags.isEmpty { return [] }
        return OrderFlag.allCases.filter { facts.raisedFlags.contains($0) || derivation.flags.contains($0) }
    }

    /// The house's last reference for this order.
    package var houseReference: String? {
        facts.sortedMessages.reversed().lazy.compactMap {
            if case .acknowledged(let reference) = $0.content { reference } else { nil }
        }.first
    }

    /// The rejection that nobody has answered yet.
    package var openRejection: (reason: String, at: Timestamp)? { facts.openRejection }

    package var isCancellationOpen: Bool { facts.isCancellationOpen }
}

extension OrderFacts {
    /// Why nothing is sent: what staff wrote when they held it, else what the house wrote when it refused.
    package var holdReason: String? { hold?.reason ?? openRejection?.reason }

    /// By time, ties by what they say: one order for one set, whatever the order of arrival.
    var sortedMessages: [HouseMessage] {
        messages.sorted { a, b in
            if a.sentAt != b.sentAt { return a.sentAt < b.sentAt }
            let (first, second) = (a.content.sortKey, b.content.sortKey)
            return first == second ? a.id < b.id : first < second
        }
    }

    var openRejection: (reason: String, at: Timestamp)? {
        var open: (reason: String, at: Timestamp)?
        for message in sortedMessages {
            switch message.content {
            case .rejected(let reason):
                open = answeredRejections.contains(message.id) ? nil : (reason, message.sentAt)
            // Taking it after all withdraws the rejection.
            case .acknowledged: open = nil
            case .backordered, .cancelled, .cancellationRefused: break
            }
        }
        return open
    }

    var rejectionIDs: [String] {
        messages.compactMap { if case .rejected = $0.content { $0.id } else { nil } }
    }

    /// Answers to a cancellation that the house has given so far.
    package var cancellationAnswers: Int {
        messages.count {
            switch $0.content {
            case .cancelled, .cancellationRefused: true
            case .acknowledged, .rejected, .backordered: false
            }
        }
    }

    var isCancellationOpen: Bool {
        guard let asked = cancellationAsked else { return false }
        return cancellationAnswers <= asked.answersBefore
    }
}

extension HouseMessage.Content {
    /// Rank, then content: ties of time are broken the same way every time.
    var sortKey: String {
        switch self {
        case .acknowledged(let reference): "0\(reference ?? "")"
        case .backordered(let items, let expected): "1\(items.sortKey)\(expected ?? "")"
        case .rejected(let reason): "2\(reason)"
        case .cancellationRefused(let reason, let items): "3\(items?.sortKey ?? "")\(reason ?? "")"
        case .cancelled(let reason, let items): "4\(items?.sortKey ?? "")\(reason ?? "")"
        }
    }
}

extension [ItemCount] {
    fileprivate var sortKey: String { map { "\($0.sku)=\($0.quantity);" }.sorted().joined() }
}
