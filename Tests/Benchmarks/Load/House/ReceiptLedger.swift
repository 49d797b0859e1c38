/// What the house received, and whether it came as promised.
struct ReceiptLedger {
    private struct OrderRecord {
        var latest: Int64
        var events = 1
        var isOutOfSequence = false
    }

    private var seen: Set<Int64> = []
    private var orders: [Int64: OrderRecord] = [:]
    private(set) var received = 0
    /// Requests whose webhook-id was seen before.
    private(set) var duplicates = 0
    /// Requests without a webhook-id or an order number of ours.
    private(set) var notUnderstood = 0

    var distinct: Int { seen.count }

    /// Orders with an event that came after a later one of the same order. Ids sort by time; only each event's first
    /// arrival counts, since a repeated one may come at any time.
    var outOfSequence: Int { orders.values.count(where: \.isOutOfSequence) }

    var ordersWithTwoEvents: Int { orders.values.count { $0.events >= 2 } }

    /// - Parameters:
    ///   - event: the number in the webhook-id; nil when it is none of ours.
    ///   - order: the order's number.
    /// - Returns: whether this is the event's first arrival.
    @discardableResult
    mutating func note(event: Int64?, order: Int64?) -> Bool {
        received += 1
        guard let event, let order else {
            notUnderstood += 1
            return false
        }
        guard seen.insert(event).inserted else {
            duplicates += 1
            return false
        }
        guard var record = orders[order] else {
            orders[order] = OrderRecord(latest: event)
            return true
        }
        record.events += 1
        if event < record.latest { record.isOutOfSequence = true }
        record.latest = max(record.latest, event)
        orders[order] = record
        return true
    }
}
