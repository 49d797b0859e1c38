import Orders

/// Where an order of a `shipped` database ends. The shares are fixed, so that every filter of the staff list has hits
/// and none has all.
enum Fate: Sendable, CaseIterable {
    /// Held by staff before anything was sent.
    case held
    /// On hold because the house rejected it.
    case rejected
    case cancelledByStaff
    case cancelledByHouse
    case cancelRequested
    case backordered
    /// The house has it; its label is printed.
    case submitted
    /// Its delivery ran out of attempts, so it is still `placed`.
    case exhausted
    case partiallyShipped
    case exception
    case returned
    case shipped
    /// Held, and a parcel came all the same.
    case unexpectedPackage
    case quantityMismatch
    /// The same address and items as the order before it.
    case possibleDuplicate
    case nearLimit
    case delivered

    /// Of a thousand orders.
    private var share: Int {
        switch self {
        case .held, .rejected, .cancelledByHouse, .cancelRequested, .exhausted: 5
        case .unexpectedPackage, .quantityMismatch: 3
        case .cancelledByStaff: 8
        case .backordered, .partiallyShipped, .exception, .returned, .possibleDuplicate: 10
        case .submitted: 15
        case .nearLimit: 20
        case .shipped: 40
        case .delivered: 836
        }
    }

    private static let byThousandth: [Fate] = allCases.flatMap { Array(repeating: $0, count: $0.share) }

    /// Each thousand neighbours have all fates in their shares.
    static func of(index: Int) -> Fate { byThousandth[index * 617 % byThousandth.count] }

    /// What its parcel came to; nil when it has none.
    func packageStatus(_ random: inout SeededRandom) -> PackageStatus? {
        switch self {
        case .held, .rejected, .cancelledByStaff, .cancelledByHouse, .cancelRequested, .exhausted: nil
        case .backordered, .submitted: .preTransit
        case .partiallyShipped: .inTransit
        case .exception: random.pick([.failure, .returnToSender])
        case .returned: .returned
        case .shipped: random.pick([.inTransit, .inTransit, .outForDelivery, .exception])
        case .unexpectedPackage, .quantityMismatch, .possibleDuplicate, .nearLimit, .delivered: .delivered
        }
    }
}
