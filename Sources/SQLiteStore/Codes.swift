package import Orders

/// A name that the file keeps as a small integer. The numbers are part of the file's format: never reuse one.
protocol Coded: CaseIterable {
    var code: Int64 { get }
}

extension Coded {
    static func coded(_ code: Int64) -> Self? { allCases.first { $0.code == code } }
}

extension OrderStatus: Coded {
    var code: Int64 {
        switch self {
        case .placed: 0
        case .submitted: 1
        case .backordered: 2
        case .cancelRequested: 3
        case .onHold: 4
        case .partiallyShipped: 5
        case .exception: 6
        case .returned: 7
        case .shipped: 8
        case .cancelled: 9
        case .delivered: 10
        }
    }
}

extension PackageStatus: Coded {
    var code: Int64 {
        switch self {
        case .unknown: 0
        case .preTransit: 1
        case .inTransit: 2
        case .exception: 3
        case .outForDelivery: 4
        case .deliveryAttempted: 5
        case .availableForPickup: 6
        case .failure: 7
        case .returnToSender: 8
        case .returned: 9
        case .delivered: 10
        case .cancelled: 11
        }
    }
}

extension DeliveryState: Coded {
    var code: Int64 {
        switch self {
        case .pending: 0
        case .inFlight: 1
        case .delivered: 2
        case .exhausted: 3
        case .withdrawn: 4
        }
    }
}

extension OutboxEvent.Kind: Coded {
    var code: Int64 {
        switch self {
        case .orderPlaced: 0
        case .cancellationRequested: 1
        }
    }
}

extension RequesterType: Coded {
    var code: Int64 {
        switch self {
        case .other: 0
        case .patient: 1
        case .caregiver: 2
        case .survivor: 3
        case .healthProfessional: 4
        case .organization: 5
        }
    }
}

extension Language: Coded {
    var code: Int64 {
        switch self {
        case .english: 0
        case .spanish: 1
        }
    }
}

extension StaffRole: Coded {
    var code: Int64 {
        switch self {
        case .viewer: 0
        case .staff: 1
        case .admin: 2
        }
    }
}

extension InboundUpdateState: Coded {
    package static let allCases: [InboundUpdateState] = [.unmatched, .ignored, .matched, .dismissed]

    var code: Int64 {
        switch self {
        case .unmatched: 0
        case .ignored: 1
        case .matched: 2
        case .dismissed: 3
        }
    }
}

extension OrderFlag: Coded {
    /// The flag's bit among those shown.
    var code: Int64 {
        switch self {
        case .possibleDuplicate: 1
        case .unexpectedPackage: 2
        case .quantityMismatch: 4
        case .deliveryExhausted: 8
        case .nearLimit: 16
        }
    }
}

/// An order's flags in one integer: what staff see in bits 0–7, what something raised in bits 8–15. The rest of what
/// they see is derived.
struct FlagBits {
    let value: Int64

    init(value: Int64) { self.value = value }

    init(shown: [OrderFlag], raised: Set<OrderFlag>) {
        value = shown.reduce(0) { $0 | $1.code } | raised.reduce(0) { $0 | $1.code << 8 }
    }

    /// One flag, raised and so shown.
    static func raising(_ flag: OrderFlag) -> Int64 { flag.code | flag.code << 8 }

    var shown: [OrderFlag] { OrderFlag.allCases.filter { value & $0.code != 0 } }

    var raised: Set<OrderFlag> { Set(OrderFlag.allCases.filter { value >> 8 & $0.code != 0 }) }
}

extension Sequence where Element: Coded {
    /// One bit per name, for `(1 << column) & ?`; all bits when there is none.
    var mask: Int64 {
        let bits = reduce(Int64(0)) { $0 | 1 << $1.code }
        return bits == 0 ? -1 : bits
    }
}
