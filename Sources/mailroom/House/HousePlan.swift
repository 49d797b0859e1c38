import Orders

/// All that the house will say about one order, decided when the order arrives. Pure: the same seed, order and time
/// make the same plan.
struct HousePlan: Sendable, Hashable {
    let parcels: [HouseParcel]
    /// By due time.
    let replies: [HouseReply]

    /// More copies than this go in two parcels.
    static let copiesInOneParcel = 20

    static func plan(_ order: HouseOrder, habits: HouseHabits, at now: Timestamp) -> HousePlan {
        var random = SeededGenerator(seed: habits.seed ^ UInt64(bitPattern: now.milliseconds), name: order.number)
        let parcels = pack(order, using: &random)
        let step = Int64(habits.paceSeconds * 1000)
        var replies = [
            HouseReply.acknowledged(
                order, reference: "H-\(Int.random(in: 100_000...999_999, using: &random))", id: drawID(&random),
                at: now.adding(milliseconds: step))
        ]
        for (index, parcel) in parcels.enumerated() {
            for (place, stage) in stages.enumerated() {
                // The second parcel follows a step behind the first.
                let at = now.adding(milliseconds: step * Int64(2 + place + index))
                replies.append(
                    .updated(
                        parcel, of: order, to: stage.status, message: stage.message, id: drawID(&random), at: at))
            }
        }
        return HousePlan(parcels: parcels, replies: misbehave(replies, habits: habits, using: &random))
    }

    static func cancellation(of orderNumber: String, habits: HouseHabits, at now: Timestamp) -> HousePlan {
        var random = SeededGenerator(seed: habits.seed ^ UInt64(bitPattern: now.milliseconds), name: orderNumber)
        let at = now.adding(milliseconds: Int64(habits.paceSeconds * 1000))
        let reply = HouseReply.cancelled(orderNumber: orderNumber, id: drawID(&random), at: at)
        return HousePlan(parcels: [], replies: misbehave([reply], habits: habits, using: &random))
    }

    private static let stages: [(status: PackageStatus, message: String)] = [
        (.preTransit, "The label is printed."), (.inTransit, "Picked up by the carrier."),
        (.outForDelivery, "Out for delivery."), (.delivered, "Delivered."),
    ]

    /// Bigger orders go in two parcels, with half of the copies in each.
    private static func pack(_ order: HouseOrder, using random: inout SeededGenerator) -> [HouseParcel] {
        var loads: [[ItemCount]] = [[]]
        if order.copies > copiesInOneParcel {
            var room = (order.copies + 1) / 2
            loads.append([])
            for line in order.lines {
                let first = min(room, line.quantity)
                room -= first
                if first > 0 { loads[0].append(ItemCount(sku: line.sku, quantity: first)) }
                if line.quantity > first { loads[1].append(ItemCount(sku: line.sku, quantity: line.quantity - first)) }
            }
        } else {
            loads[0] = order.lines.map { ItemCount(sku: $0.sku, quantity: $0.quantity) }
        }
        return loads.enumerated().map { index, items in
            let digits = (0..<17).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
            return HouseParcel(
                id: "parcel-\(index + 1)", carrier: "USPS", trackingNumber: "94001" + digits, items: items)
        }
    }

    /// Times trade places, so that what happened first may be told last; some messages go out twice.
    private static func misbehave(
        _ replies: [HouseReply], habits: HouseHabits, using random: inout SeededGenerator
    ) -> [HouseReply] {
        var replies = replies
        if habits.reorders {
            let times = replies.map(\.dueAt).shuffled(using: &random)
            for index in replies.indices { replies[index].dueAt = times[index] }
        }
        for reply in replies where random.happens(habits.duplicateRate) {
            var again = reply
            again.dueAt = reply.dueAt.adding(milliseconds: Int64(habits.paceSeconds * 500))
            replies.append(again)
        }
        return replies.enumerated().sorted { ($0.element.dueAt, $0.offset) < ($1.element.dueAt, $1.offset) }
            .map(\.element)
    }

    private static func drawID(_ random: inout SeededGenerator) -> String {
        let digits = String(random.next(), radix: 16)
        return "hse_" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
