/// The views of the staff list: each a question that staff ask of all orders, day after day.
package enum OrderView: String, Sendable, CaseIterable {
    /// Somebody must look: held, gone wrong, come back, to be cancelled, or the house could not be told.
    case attention
    /// Not taken by the house yet.
    case toSend = "to-send"
    case atTheHouse = "at-the-house"
    case onTheWay = "on-the-way"
    case finished
    case all

    /// Empty: any.
    package var statuses: Set<OrderStatus> {
        switch self {
        case .attention: [.onHold, .exception, .returned, .cancelRequested]
        case .toSend: [.placed]
        case .atTheHouse: [.submitted, .backordered]
        case .onTheWay: [.partiallyShipped, .shipped]
        case .finished: [.delivered, .cancelled]
        case .all: []
        }
    }

    /// Orders with this flag belong to the view whatever their status.
    package var flag: OrderFlag? { self == .attention ? .deliveryExhausted : nil }
}

extension OrderQuery {
    /// Narrows the list to a view.
    package mutating func narrow(to view: OrderView) {
        statuses = view.statuses
        orFlag = view.flag
    }
}
