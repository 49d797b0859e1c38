import Fulfillment
import Orders
import Testing

@testable import mailroom

@Suite struct HousePlanTests {
    private static let now = Timestamp(milliseconds: 1_795_392_000_000)

    private static func order(_ quantities: [Int]) -> HouseOrder {
        HouseOrder(
            number: "4829-1504-75",
            lines: quantities.enumerated().map { .init(sku: "SKU-\($0)", title: "Title \($0)", quantity: $1) })
    }

    private static func habits(_ change: (inout HouseHabits) -> Void = { _ in }) -> HouseHabits {
        var habits = HouseHabits(seed: 42)
        change(&habits)
        return habits
    }

    /// What mailroom reads in a reply.
    private static func read(_ reply: HouseReply) throws -> ShippingUpdate {
        try ShippingUpdate.read(reply.body, id: "msg", receivedAt: reply.dueAt)
    }

    private static func packageUpdates(_ plan: HousePlan) throws -> [PackageUpdate] {
        try plan.replies.compactMap {
            if case .package(let update) = try read($0).content { update } else { nil }
        }
    }

    @Test func anOrderIsAcknowledgedAndItsParcelGoesAllTheWay() throws {
        let plan = HousePlan.plan(Self.order([5]), habits: Self.habits(), at: Self.now)
        #expect(plan.parcels.count == 1)
        #expect(
            plan.replies.map(\.summary) == [
                "order.acknowledged", "package.updated parcel-1 pre_transit", "package.updated parcel-1 in_transit",
                "package.updated parcel-1 out_for_delivery", "package.updated parcel-1 delivered",
            ])
        let seconds = plan.replies.map { ($0.dueAt.milliseconds - Self.now.milliseconds) / 1000 }
        #expect(seconds == [3, 6, 9, 12, 15])
        for reply in plan.replies { #expect(try Self.read(reply).orderNumber == "4829-1504-75") }
    }

    @Test(arguments: [[1], [20], [21], [7, 7, 7], [10, 11], [1, 200], [200, 1], [100, 100, 100]])
    func parcelsHoldExactlyWhatWasOrdered(_ quantities: [Int]) throws {
        let order = Self.order(quantities)
        let plan = HousePlan.plan(order, habits: Self.habits(), at: Self.now)
        #expect(plan.parcels.count == (order.copies > HousePlan.copiesInOneParcel ? 2 : 1))
        for parcel in plan.parcels { #expect(parcel.items.allSatisfy { $0.quantity > 0 } && !parcel.items.isEmpty) }
        for line in order.lines {
            let packed = plan.parcels.flatMap(\.items).filter { $0.sku == line.sku }.reduce(0) { $0 + $1.quantity }
            #expect(packed == line.quantity)
        }
        let delivered = try Self.packageUpdates(plan).filter { $0.status == .delivered }
        #expect(delivered.count == plan.parcels.count)
    }

    @Test func theSameSeedOrderAndTimeMakeTheSamePlan() {
        let habits = Self.habits {
            $0.reorders = true; $0.duplicateRate = 0.5
        }
        let one = HousePlan.plan(Self.order([30, 4]), habits: habits, at: Self.now)
        #expect(one == HousePlan.plan(Self.order([30, 4]), habits: habits, at: Self.now))
        var other = habits
        other.seed += 1
        #expect(one != HousePlan.plan(Self.order([30, 4]), habits: other, at: Self.now))
        #expect(one != HousePlan.plan(Self.order([30, 4]), habits: habits, at: Self.now.adding(milliseconds: 1)))
    }

    @Test func reorderingTellsTheSameThingsAtOtherTimes() throws {
        let straight = HousePlan.plan(Self.order([30]), habits: Self.habits(), at: Self.now)
        let mixed = HousePlan.plan(Self.order([30]), habits: Self.habits { $0.reorders = true }, at: Self.now)
        #expect(Set(mixed.replies.map(\.body)) == Set(straight.replies.map(\.body)))
        #expect(mixed.replies.map(\.dueAt) == straight.replies.map(\.dueAt))
        #expect(mixed.replies.map(\.id) != straight.replies.map(\.id))
    }

    @Test func aDuplicateHasTheSameIdAndBytes() {
        let plan = HousePlan.plan(Self.order([5]), habits: Self.habits { $0.duplicateRate = 1 }, at: Self.now)
        let groups = Dictionary(grouping: plan.replies, by: \.id)
        #expect(groups.count == 5)
        for replies in groups.values {
            #expect(replies.count == 2)
            #expect(Set(replies.map(\.body)).count == 1)
            #expect(replies[0].dueAt < replies[1].dueAt)
        }
    }

    @Test func aCancellationIsConfirmedForAllThatIsNotShipped() throws {
        let plan = HousePlan.cancellation(of: "4829-1504-75", habits: Self.habits(), at: Self.now)
        let reply = try #require(plan.replies.first)
        #expect(plan.replies.count == 1)
        guard case .message(.cancelled(_, let items)) = try Self.read(reply).content else {
            Issue.record("no order.cancelled")
            return
        }
        #expect(items == nil)
    }
}
