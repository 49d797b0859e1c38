/// One pass over an order's facts that yields its quantities, status and derived flags.
struct Derivation {
    let quantities: [LineQuantities]
    let status: OrderStatus
    let flags: Set<OrderFlag>

    init(_ order: Order) {
        let facts = order.facts
        let parcels = order.parcels
        let messages = facts.sortedMessages
        quantities = Self.quantities(order, parcels: parcels, messages: messages)
        status = Self.status(order, parcels: parcels, quantities: quantities)
        flags = Self.flags(order, parcels: parcels)
    }

    private static func quantities(_ order: Order, parcels: [Parcel], messages: [HouseMessage]) -> [LineQuantities] {
        var latestBackorder: [ItemCount] = []
        for message in messages {
            if case .backordered(let items, _) = message.content { latestBackorder = items }
        }
        return order.lines.map { line in
            var counts = LineQuantities()
            counts.ordered = line.quantity
            for parcel in parcels {
                let inside = parcel.quantity(of: line.sku)
                if parcel.status.wasShipped { counts.shipped = saturatingSum(counts.shipped, inside) }
                if parcel.status.isUnderWay { counts.underWay = saturatingSum(counts.underWay, inside) }
                if parcel.status == .delivered { counts.delivered = saturatingSum(counts.delivered, inside) }
            }
            counts.cancelled = cancelled(line, shipped: counts.shipped, facts: order.facts, messages: messages)
            let stated = latestBackorder.quantity(of: line.sku)
            counts.backordered = max(0, min(stated, counts.open - counts.shipped))
            return counts
        }
    }

    /// What was cancelled of a line. "All that is not shipped" is worked out here and not when the message came,
    /// so that a parcel's update may arrive before or after it.
    private static func cancelled(
        _ line: LineItem, shipped: Int, facts: OrderFacts, messages: [HouseMessage]
    ) -> Int {
        let unshipped = max(0, line.quantity - shipped)
        if facts.cancelledAtOnce != nil { return unshipped }
        var stated = 0
        var allUnshipped = 0
        var told: Set<HouseMessage.Statement> = []
        for message in messages {
            // Told twice under two ids, it is cancelled once.
            guard case .cancelled(_, let items) = message.content, told.insert(message.statement).inserted else {
                continue
            }
            if items == nil { allUnshipped = unshipped }
            stated = saturatingSum(stated, (items ?? []).quantity(of: line.sku))
        }
        return max(allUnshipped, min(stated, line.quantity))
    }

    private static func status(_ order: Order, parcels: [Parcel], quantities: [LineQuantities]) -> OrderStatus {
        let facts = order.facts
        let somethingOpen = quantities.contains { $0.open > 0 }
        // A parcel that never said what is inside still is on its way, or there.
        let underWay = parcels.contains { $0.status.isUnderWay }
        let delivered = parcels.contains { $0.status == .delivered }
        let shipped = parcels.filter(\.status.wasShipped)

        if somethingOpen && quantities.allSatisfy({ $0.delivered >= $0.open }) { return .delivered }
        if !somethingOpen && !underWay && !delivered { return .cancelled }
        if quantities.allSatisfy({ saturatingSum($0.underWay, $0.delivered) >= $0.open }) { return .shipped }
        if !underWay && !delivered && !shipped.isEmpty && shipped.allSatisfy({ $0.status == .returned }) {
            return .returned
        }
        if !underWay && parcels.contains(where: { $0.status == .failure || $0.status == .returnToSender }) {
            return .exception
        }
        if underWay || delivered { return .partiallyShipped }
        if (facts.hold != nil || facts.openRejection != nil) && !facts.isCancellationOpen { return .onHold }
        if facts.isCancellationOpen { return .cancelRequested }
        if quantities.contains(where: { $0.backordered > 0 }) { return .backordered }
        return facts.houseHasIt ? .submitted : .placed
    }

    private static func flags(_ order: Order, parcels: [Parcel]) -> Set<OrderFlag> {
        var flags: Set<OrderFlag> = []
        if order.totalWeight * 10 > order.weightLimit.weight * 9 { flags.insert(.nearLimit) }
        if isTooMuch(in: parcels, for: order) { flags.insert(.quantityMismatch) }
        return flags
    }

    /// Whether one parcel by itself, whatever became of it, or all together hold what was not ordered. What went astray
    /// or came back may be sent again without being too much.
    private static func isTooMuch(in parcels: [Parcel], for order: Order) -> Bool {
        var together: [String: Int] = [:]
        for parcel in parcels {
            let isReplaced =
                switch parcel.status {
                case .failure, .returned, .returnToSender, .cancelled: true
                default: false
                }
            for (sku, inside) in Dictionary(
                (parcel.items ?? []).map { ($0.sku, $0.quantity) }, uniquingKeysWith: saturatingSum)
            {
                if order.isTooMuch(inside, of: sku) { return true }
                if !isReplaced { together[sku] = saturatingSum(together[sku] ?? 0, inside) }
            }
        }
        return together.contains { order.isTooMuch($1, of: $0) }
    }
}

extension HouseMessage {
    /// What was said of which moment, whatever id it came under.
    struct Statement: Hashable {
        let sentAt: Timestamp
        let content: Content
    }

    var statement: Statement { Statement(sentAt: sentAt, content: content) }
}
