import Orders

/// What staff do with one order, each by a page that asks once more.
enum OrderAction: String, Sendable, CaseIterable {
    case hold, release, address, cancel, resend, reship

    /// On the button that leads to it.
    var title: String {
        switch self {
        case .hold: "Hold"
        case .release: "Release"
        case .address: "Correct the address"
        case .cancel: "Cancel"
        case .resend: "Resend to the house"
        case .reship: "Reship"
        }
    }

    /// The heading of the page that asks.
    func question(_ number: OrderNumber) -> String {
        switch self {
        case .hold: "Hold order \(number)?"
        case .release: "Release order \(number)?"
        case .address: "Correct the address of order \(number)"
        case .cancel: "Cancel order \(number)?"
        case .resend: "Send order \(number) to the house again?"
        case .reship: "Send order \(number) once more?"
        }
    }

    /// What will happen.
    func consequence(_ order: Order) -> String {
        switch self {
        case .hold: "It stays here until somebody releases it. The house is not told of it."
        case .release:
            order.openRejection != nil || order.facts.addressChanged
                ? "The house gets it as a new message that stands for the earlier one."
                : "The house gets it within seconds."
        case .address: "The old address is forgotten: the history says only that it changed."
        case .cancel:
            order.facts.wasSent || order.facts.houseHasIt
                ? "The house has it, or may have it. It is asked to stop what has not been shipped, and answers."
                : "Nothing was sent. It is cancelled at once, and this cannot be undone."
        case .resend:
            order.status == .onHold || order.status == .cancelled
                ? "The order is \(order.status == .onHold ? "on hold" : "cancelled"). The house may pack it all the same."
                : "The same message goes out again under the same message number. The house packs it once."
        case .reship: "A new order with the same titles goes to the same address. Both orders name each other."
        }
    }

    /// On the button that does it.
    var confirm: String {
        switch self {
        case .hold: "Hold this order"
        case .release: "Release this order"
        case .address: "Save the address"
        case .cancel: "Cancel this order"
        case .resend: "Resend this order"
        case .reship: "Reship this order"
        }
    }

    /// What the order's page says afterwards.
    var done: String {
        switch self {
        case .hold: "The order is on hold."
        case .release: "The order is released."
        case .address: "The address is corrected. Release the order when it is right."
        case .cancel: "The order is cancelled, or the house was asked to cancel it: see its state."
        case .resend: "The order goes to the house again."
        case .reship: "This new order sends the earlier one once more."
        }
    }

    /// Nothing takes it back.
    var isDangerous: Bool { self == .cancel }

    /// With a text that says why: nil for no such field.
    var reason: (label: String, isRequired: Bool)? {
        switch self {
        case .hold: ("Why is it on hold?", true)
        case .cancel: ("Why is it cancelled?", false)
        case .release, .address, .resend, .reship: nil
        }
    }

    /// Draws the keys of what the action creates.
    func staffAction(at now: Timestamp, reason: String?, shipTo: ShipTo) -> StaffAction {
        switch self {
        case .hold: .hold(reason: reason ?? "")
        case .release: .release(event: .draw(at: now))
        case .address: .correctAddress(shipTo)
        case .cancel: .cancel(reason: reason, event: .draw(at: now))
        case .resend: .resend
        case .reship: .reship(.random(at: now), event: .draw(at: now))
        }
    }

    /// Why it cannot be done now; nil when it can.
    func refusal(_ detail: OrderDetail, at now: Timestamp) -> TransitionRefusal? {
        detail.refusal(of: staffAction(at: now, reason: "", shipTo: detail.order.shipTo), at: now)
    }

    /// Why it cannot be done, in the words that staff see on these pages, and what leads on.
    func words(for refusal: TransitionRefusal, of order: Order) -> String {
        guard order.facts.erasedAt == nil else { return refusal.why }
        switch (self, refusal.currentStatus) {
        case (.address, .returned), (.address, .exception):
            return "reship it, put the new order on hold at once, and correct the address there"
        case (.hold, .placed) where order.flags.contains(.deliveryExhausted):
            return "it is out of tries, and the house may have had one of them; resend it, or cancel it instead"
        case (.reship, _): return "only a returned order or one in the state “\(Self.problem)” can be reshipped"
        default:
            let state = StatusTag(refusal.currentStatus).text
            return refusal.isTheStatusAlone ? "the order is in the state “\(state)”" : refusal.why
        }
    }

    private static let problem = StatusTag(.exception).text

    /// The first thing to do with an order in this state; nil where there is nothing to do.
    static func primary(_ detail: OrderDetail, possible: [OrderAction]) -> OrderAction? {
        let isExhausted = detail.order.flags.contains(.deliveryExhausted)
        let wanted: OrderAction? =
            switch detail.order.status {
            case .onHold: .release
            case .returned, .exception: .reship
            default: isExhausted ? .resend : nil
            }
        return wanted.flatMap { possible.contains($0) ? $0 : nil }
    }
}
