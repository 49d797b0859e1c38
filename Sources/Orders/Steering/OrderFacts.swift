/// What happened to an order since it was placed. Facts only: the status and all quantities are derived from them
/// by `Order.status` and `Order.quantities`, so that the order in which facts arrive cannot matter.
package struct OrderFacts: Sendable, Hashable {
    /// Set while staff hold the order.
    package var hold: Hold?
    /// What the house said of the order as a whole, in the order of arrival.
    package var messages: [HouseMessage] = []
    /// All stored tracking updates of all its packages, in the order of arrival.
    package var packageUpdates: [PackageUpdate] = []
    /// A 2xx on a delivery, or any message of the house about this order.
    package var houseHasIt = false
    /// Some attempt sent its request, or may have: from then on only the house can stop the order.
    package var wasSent = false
    /// The order was cancelled before anything was sent.
    package var cancelledAtOnce: Cancellation?
    /// The latest time staff or the reader asked the house to cancel.
    package var cancellationAsked: CancellationRequest?
    /// The rejections that a release answered, by their `webhook-id`.
    package var answeredRejections: Set<String> = []
    /// The address changed since the last `order.placed` event was written.
    package var addressChanged = false
    package var staffNotes: [StaffNote] = []
    /// Orders that send this one again.
    package var reshippedAs: [OrderNumber] = []
    /// The person was forgotten: name, address and everything that was typed are gone for good.
    package var erasedAt: Timestamp?
    /// Flags that were set when something happened; `Order.flags` adds the derived ones.
    package var raisedFlags: Set<OrderFlag> = []

    package init() {}
}

package struct Hold: Sendable, Hashable {
    package let reason: String
    package let at: Timestamp
    package let by: Actor

    package init(reason: String, at: Timestamp, by: Actor) {
        self.reason = reason
        self.at = at
        self.by = by
    }
}

package struct Cancellation: Sendable, Hashable {
    package let reason: String?
    package let at: Timestamp
    package let by: Actor

    package init(reason: String?, at: Timestamp, by: Actor) {
        self.reason = reason
        self.at = at
        self.by = by
    }
}

package struct CancellationRequest: Sendable, Hashable {
    package let cancellation: Cancellation
    /// How many answers of the house were known when it was asked: the next one answers it.
    package let answersBefore: Int

    package init(cancellation: Cancellation, answersBefore: Int) {
        self.cancellation = cancellation
        self.answersBefore = answersBefore
    }
}

package struct StaffNote: Sendable, Hashable {
    package let at: Timestamp
    package let by: Actor
    package let text: String

    package init(at: Timestamp, by: Actor, text: String) {
        self.at = at
        self.by = by
        self.text = text
    }
}

/// Who did something, as the history names it: `reader`, `house`, `system`, `staff:NAME`.
package enum Actor: Sendable, Hashable {
    case reader
    case house
    case system
    /// A staff token's name, or an account's.
    case staff(String)

    package var text: String {
        switch self {
        case .reader: "reader"
        case .house: "house"
        case .system: "system"
        case .staff(let name): "staff:\(name)"
        }
    }

    package init(text: String) {
        switch text {
        case "reader": self = .reader
        case "house": self = .house
        case "system": self = .system
        default: self = .staff(text.hasPrefix("staff:") ? String(text.dropFirst(6)) : text)
        }
    }
}

/// What staff should look at.
package enum OrderFlag: String, Sendable, CaseIterable {
    /// Same address and same items within 24 hours.
    case possibleDuplicate = "possible_duplicate"
    /// A parcel appeared for a held or cancelled order.
    case unexpectedPackage = "unexpected_package"
    /// The house reports a SKU that was not ordered, or more than was ordered.
    case quantityMismatch = "quantity_mismatch"
    /// A delivery about this order ran out of attempts.
    case deliveryExhausted = "delivery_exhausted"
    /// Over 90 % of the weight limit.
    case nearLimit = "near_limit"
}
