/// What staff (and, for `cancel`, the reader) may do with an order. Keys for what an action creates come in with it.
package enum StaffAction: Sendable {
    case hold(reason: String)
    /// - Parameter event: the key of the new event, should the old one no longer fit.
    case release(event: EventID)
    case correctAddress(ShipTo)
    case cancel(reason: String?, event: EventID)
    case resend
    case reship(OrderIdentity, event: EventID)
    case note(String)
    /// Its packing slip was printed: whoever packs from paper must know of a second sheet.
    case slipPrinted
}

/// What a new order is drawn with.
package struct OrderIdentity: Sendable {
    package let id: OrderID
    package let number: OrderNumber
    package let token: StatusToken

    package init(id: OrderID, number: OrderNumber, token: StatusToken) {
        self.id = id
        self.number = number
        self.token = token
    }

    package static func random(at now: Timestamp) -> OrderIdentity {
        let id = OrderID.draw(at: now)
        return OrderIdentity(id: id, number: .random(), token: .random(for: id))
    }
}

/// What the guards must know of the order's latest `order.placed` delivery.
package struct PlacedDelivery: Sendable {
    package let id: EventID
    package let isInFlight: Bool

    package init(id: EventID, isInFlight: Bool) {
        self.id = id
        self.isInFlight = isInFlight
    }
}

/// The answer to an action, decided by the order's facts alone.
package enum StaffDecision: Sendable {
    case accepted(StaffChanges)
    case refused(TransitionRefusal)
}

/// All that an accepted action changes; a store writes it in one transaction.
package struct StaffChanges: Sendable {
    package var order: Order
    package var history: HistoryEntry
    package var outbox: [OutboxChange] = []
    /// A reship's new order and its announcement.
    package var newOrder: (order: Order, event: OutboxEvent)?
}

package enum OutboxChange: Sendable {
    /// Stops a delivery that is not done yet; one that arrived, or is in flight, stays as it is.
    case withdraw(EventID)
    /// A withdrawn delivery goes on, due at once, its attempts as they were.
    case restore(EventID)
    case announce(OutboxEvent)
    /// Same id and bytes, attempts start again, due at once.
    case redeliver(EventID)
}

/// HTTP 409 `transition-not-allowed`.
package struct TransitionRefusal: Sendable, Hashable {
    package let currentStatus: OrderStatus
    /// For a person: why, and what is possible instead.
    package let why: String

    /// Nothing more is said than the status, by its name of the interface.
    package var isTheStatusAlone: Bool { why == Self.why(of: currentStatus) }

    fileprivate static func why(of status: OrderStatus) -> String { "the order is \(status.rawValue)" }
}

extension Order {
    /// Decides an action (contract §7's table) and works out what it changes. Pure.
    package func deciding(
        _ action: StaffAction, by actor: Actor, at now: Timestamp, delivery: PlacedDelivery
    ) -> StaffDecision {
        let status = self.status
        if facts.erasedAt != nil {
            return refuse("its personal data was erased: there is no address left to send anything to")
        }
        // In flight means that the request may be on the wire: it counts as sent.
        let maySent = facts.wasSent || delivery.isInFlight
        switch action {
        case .hold(let reason):
            guard status == .placed, !maySent else {
                return refuse(status == .placed ? "it is on its way to the house; cancel it instead" : nil)
            }
            var order = self
            order.facts.hold = Hold(reason: reason, at: now, by: actor)
            // A release takes the reason from the order; the history keeps it.
            return accept(order, "order.held", by: actor, at: now, [.withdraw(delivery.id)], detail: reason)
        case .release(let event):
            guard status == .onHold else { return refuse("only an order on hold can be released") }
            return release(event: event, by: actor, at: now, delivery: delivery)
        case .correctAddress(let shipTo):
            guard status == .onHold else { return refuse("put it on hold first") }
            var order = self
            order.shipTo = shipTo
            order.facts.addressChanged = true
            return accept(order, "address.changed", by: actor, at: now, [])
        case .cancel(let reason, let event):
            return cancel(
                Cancellation(reason: reason, at: now, by: actor), event: event, maySent: maySent, delivery: delivery)
        case .resend:
            guard !delivery.isInFlight else { return refuse("its delivery is being tried right now") }
            return accept(self, "order.resent", by: actor, at: now, [.redeliver(delivery.id)])
        case .reship(let identity, let event):
            guard status == .returned || status == .exception else {
                return refuse("only a returned order or one in exception can be reshipped")
            }
            return reship(as: identity, event: event, by: actor, at: now)
        case .note(let text):
            var order = self
            order.facts.staffNotes.append(StaffNote(at: now, by: actor, text: text))
            return accept(order, "note.added", by: actor, at: now, [])
        case .slipPrinted: return accept(self, HistoryEntry.slipPrinted, by: actor, at: now, [])
        }
    }

    private func refuse(_ why: String?) -> StaffDecision {
        .refused(TransitionRefusal(currentStatus: status, why: why ?? TransitionRefusal.why(of: status)))
    }

    private func accept(
        _ changed: Order, _ event: String, by actor: Actor, at now: Timestamp, _ outbox: [OutboxChange],
        detail: String? = nil
    ) -> StaffDecision {
        var changed = changed
        changed.updatedAt = max(now, updatedAt)
        let entry = HistoryEntry(
            at: now, actor: actor, event: event, from: status, to: changed.status, detail: detail)
        return .accepted(StaffChanges(order: changed, history: entry, outbox: outbox))
    }

    private func release(
        event: EventID, by actor: Actor, at now: Timestamp, delivery: PlacedDelivery
    ) -> StaffDecision {
        // Its answer is not known yet: it could neither be withdrawn nor be trusted to have arrived.
        if delivery.isInFlight { return refuse("its delivery is being tried right now; try again in a moment") }
        var order = self
        order.facts.hold = nil
        order.facts.answeredRejections.formUnion(facts.rejectionIDs)
        order.facts.addressChanged = false
        order.updatedAt = max(now, updatedAt)
        guard facts.openRejection != nil || facts.addressChanged else {
            return accept(order, "order.released", by: actor, at: now, [.restore(delivery.id)])
        }
        let announcement = OutboxEvent.placed(order, id: event, at: now, replaces: delivery.id)
        // What is replaced must not go out first, nor stand exhausted in the new one's way.
        return accept(
            order, "order.released", by: actor, at: now, [.withdraw(delivery.id), .announce(announcement)])
    }

    private func cancel(
        _ cancellation: Cancellation, event: EventID, maySent: Bool, delivery: PlacedDelivery
    ) -> StaffDecision {
        let actor = cancellation.by
        let now = cancellation.at
        var order = self
        if (status == .placed || status == .onHold) && !maySent {
            order.facts.hold = nil
            order.facts.cancelledAtOnce = cancellation
            return accept(order, "order.cancelled", by: actor, at: now, [.withdraw(delivery.id)])
        }
        if actor == .reader {
            if status == .cancelled { return refuse(nil) }
            // Whether the attempt under way sends anything is not known yet.
            if delivery.isInFlight && !facts.wasSent {
                return refuse("it is being sent to the fulfillment house right now; try again in a moment")
            }
            return refuse("it has been sent to the fulfillment house; please call or write to us")
        }
        if isCancellationOpen { return refuse("a cancellation is open already; the house has not answered yet") }
        switch status {
        case .placed, .onHold, .submitted, .backordered, .partiallyShipped:
            order.facts.cancellationAsked = CancellationRequest(
                cancellation: cancellation, answersBefore: facts.cancellationAnswers)
            let announcement = OutboxEvent.cancellationRequested(
                order, id: event, at: now, reason: cancellation.reason)
            return accept(order, "order.cancellation_requested", by: actor, at: now, [.announce(announcement)])
        case .cancelRequested, .exception, .returned, .shipped, .cancelled, .delivered: return refuse(nil)
        }
    }

    private func reship(
        as identity: OrderIdentity, event: EventID, by actor: Actor, at now: Timestamp
    ) -> StaffDecision {
        let again = Order(
            id: identity.id, number: identity.number, statusToken: identity.token, placedAt: now, updatedAt: now,
            lines: lines, weightLimit: weightLimit, shipTo: shipTo, email: email, requesterType: requesterType,
            language: language, notes: notes, reshipOf: number, facts: OrderFacts())
        var order = self
        order.facts.reshippedAs.append(identity.number)
        guard
            case .accepted(var changes) = accept(
                order, "order.reshipped", by: actor, at: now, [], detail: "as \(identity.number)")
        else { return refuse(nil) }
        changes.newOrder = (again, .placed(again, id: event, at: now))
        return .accepted(changes)
    }
}
