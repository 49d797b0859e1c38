/// What a carrier says of a parcel. The order of the cases is the rank that breaks ties of time.
package enum PackageStatus: String, Sendable, CaseIterable, Comparable {
    case unknown
    case preTransit = "pre_transit"
    case inTransit = "in_transit"
    case exception
    case outForDelivery = "out_for_delivery"
    case deliveryAttempted = "delivery_attempted"
    case availableForPickup = "available_for_pickup"
    case failure
    case returnToSender = "return_to_sender"
    case returned
    case delivered
    case cancelled

    /// The place among the cases: the order of declaration is the contract's.
    package var rank: Int { Self.ranks[self] ?? 0 }

    private static let ranks = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))

    package static func < (a: PackageStatus, b: PackageStatus) -> Bool { a.rank < b.rank }

    /// On its way to the reader, so that its items are under way.
    package var isUnderWay: Bool {
        switch self {
        case .inTransit, .exception, .outForDelivery, .deliveryAttempted, .availableForPickup: true
        default: false
        }
    }

    /// It left the house, whatever became of it.
    package var wasShipped: Bool {
        switch self {
        case .unknown, .preTransit, .cancelled: false
        default: true
        }
    }
}
