/// Whether the person behind an order may be forgotten now, and what the order is afterwards.
package enum ErasureDecision: Sendable {
    case erase(Order, HistoryEntry)
    case refused(TransitionRefusal)
    /// Nothing is left to erase.
    case erasedAlready
}

/// Why a person is forgotten.
package enum ErasureCause: Sendable, Hashable {
    /// The time is over (`RetentionRule`).
    case retention
    /// Somebody asked for it.
    /// - Parameter force: although the order is still under way.
    case request(force: Bool)
}

extension Order {
    /// Decides whether the person is forgotten, and works out what stays. Pure.
    ///
    /// What must not happen: that the house is sent an order without an address, or that a delivery under way settles
    /// into an order that is no more. So nothing is erased while a delivery is tried, and all that was not sent yet is
    /// withdrawn with the erasure.
    /// - Parameter deliveries: the states of all of the order's deliveries.
    package func erasing(
        because cause: ErasureCause, deliveries: [DeliveryState], by actor: Actor, at now: Timestamp
    ) -> ErasureDecision {
        if facts.erasedAt != nil { return .erasedAlready }
        if deliveries.contains(.inFlight) {
            return refusedErasure("a delivery about it is being tried right now; try again in a moment")
        }
        if cause == .request(force: false), !status.isFinal {
            let isHere = (status == .placed || status == .onHold) && !facts.wasSent
            return refusedErasure(
                isHere
                    ? "it has not been sent yet: cancel it first, then erase it"
                    : "the order is \(status.rawValue), and after erasing nobody here can cancel, resend or reship it or "
                        + "tell where it is: cancel it or let it end first, or erase it by force")
        }
        let erased = withoutPerson(by: actor, at: now)
        let withdrawn = deliveries.count { $0 == .pending || $0 == .exhausted }
        let why = cause == .retention ? "its time is over" : "on request"
        let entry = HistoryEntry(
            at: now, actor: actor, event: "order.erased", from: status, to: erased.status,
            detail: withdrawn == 0 ? why : "\(why); deliveries withdrawn: \(withdrawn)")
        return .erase(erased, entry)
    }

    private func refusedErasure(_ why: String) -> ErasureDecision {
        .refused(TransitionRefusal(currentStatus: status, why: why))
    }

    /// What statistics need: items, weights, times, status, kind of requester, language, region and a coarse area.
    ///
    /// An order that only waited here is cancelled by it: with its delivery withdrawn it can never be sent.
    private func withoutPerson(by actor: Actor, at now: Timestamp) -> Order {
        var facts = facts.withoutText
        facts.erasedAt = now
        if status == .placed || status == .onHold {
            facts.hold = nil
            facts.cancelledAtOnce = Cancellation(reason: nil, at: now, by: actor)
        }
        return Order(
            id: id, number: number, statusToken: statusToken, placedAt: placedAt, updatedAt: max(now, updatedAt),
            lines: lines, weightLimit: weightLimit, shipTo: shipTo.withoutPerson, email: nil,
            requesterType: requesterType, language: language, notes: nil, reshipOf: reshipOf, facts: facts)
    }
}

extension ShipTo {
    /// Region and the ZIP code's first three digits. Not the city: with the ZIP area it would name a village, and no
    /// statistic asks for it. Abroad both are free text, and only the country stays.
    var withoutPerson: ShipTo {
        let isDomestic = country == "US"
        return ShipTo(
            name: "", organization: nil, line1: "", line2: nil, city: "", region: isDomestic ? region : "",
            postalCode: isDomestic ? Self.area(of: postalCode) : "", country: country, phone: nil)
    }

    private static func area(of zip: String) -> String {
        let area = String(zip.prefix(3))
        return emptyAreas.contains(area) ? "" : area
    }

    /// Areas of at most 20,000 people, which HIPAA's safe harbor (45 CFR 164.514, by the 2000 census) does not take for
    /// anonymous.
    private static let emptyAreas: Set<String> = [
        "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890",
        "893",
    ]
}

extension OrderFacts {
    /// Everything that somebody typed is gone, staff or house; what happened when, and by whom, stays.
    var withoutText: OrderFacts {
        var facts = self
        facts.hold = hold.map { Hold(reason: "", at: $0.at, by: $0.by) }
        facts.messages = messages.map {
            HouseMessage(id: $0.id, sentAt: $0.sentAt, content: $0.content.withoutText)
        }
        facts.packageUpdates = packageUpdates.map(\.withoutText)
        facts.cancelledAtOnce = cancelledAtOnce.map(\.withoutText)
        facts.cancellationAsked = cancellationAsked.map {
            CancellationRequest(cancellation: $0.cancellation.withoutText, answersBefore: $0.answersBefore)
        }
        facts.addressChanged = false
        facts.staffNotes = []
        return facts
    }
}

extension Cancellation {
    fileprivate var withoutText: Cancellation { Cancellation(reason: nil, at: at, by: by) }
}

extension HouseMessage.Content {
    /// References and expected dates are the house's own words, too.
    var withoutText: HouseMessage.Content {
        switch self {
        case .acknowledged: .acknowledged(houseReference: nil)
        case .rejected: .rejected(reason: "")
        case .backordered(let items, _): .backordered(items: items, expectedAt: nil)
        case .cancelled(_, let items): .cancelled(reason: nil, items: items)
        case .cancellationRefused(_, let items): .cancellationRefused(reason: nil, items: items)
        }
    }
}

extension PackageUpdate {
    /// A tracking number leads to the person at the carrier's, a message or a place may name them. The parcel's id stays:
    /// the house gave it, and later updates are told apart by it.
    var withoutText: PackageUpdate {
        PackageUpdate(
            packageID: packageID, carrier: carrier, trackingNumber: nil, trackingURL: nil, status: status, items: items,
            occurredAt: occurredAt, receivedAt: receivedAt, message: nil, location: nil)
    }
}

extension ShippingUpdate {
    /// What may still be written to an order whose person is forgotten.
    package var withoutText: ShippingUpdate {
        let content: Content =
            switch content {
            case .message(let message): .message(message.withoutText)
            case .package(let update): .package(update.withoutText)
            case .unknown: content
            }
        return ShippingUpdate(id: id, type: type, orderNumber: orderNumber, sentAt: sentAt, content: content)
    }
}
