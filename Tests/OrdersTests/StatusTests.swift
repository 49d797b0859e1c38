import Orders
import TestSupport
import Testing

@Suite struct StatusTests {
    private let all = [("A", 5), ("B", 2)]

    private func parcel(_ status: PackageStatus, _ items: [(String, Int)], id: String = "P1", minute: Int64 = 1)
        -> ShippingUpdate
    {
        Sample.tracked(Sample.update(id, status, minute: minute, items: items))
    }

    private func status(_ updates: [ShippingUpdate]) -> OrderStatus { Sample.order().applying(all: updates).status }

    @Test func eachRowOfTheTable() {
        #expect(Sample.order().status == .placed)
        #expect(status([Sample.said(.acknowledged(houseReference: "H1"), minute: 1)]) == .submitted)
        #expect(
            status([Sample.said(.backordered(items: [.init(sku: "A", quantity: 2)], expectedAt: nil), minute: 1)])
                == .backordered)
        #expect(status([Sample.said(.rejected(reason: "bad"), minute: 1)]) == .onHold)
        #expect(status([parcel(.preTransit, all)]) == .submitted)
        #expect(status([parcel(.inTransit, [("A", 5)])]) == .partiallyShipped)
        #expect(status([parcel(.inTransit, all)]) == .shipped)
        #expect(status([parcel(.delivered, all)]) == .delivered)
        #expect(status([parcel(.delivered, [("A", 5)]), parcel(.inTransit, [("B", 2)], id: "P2")]) == .shipped)
        #expect(status([parcel(.delivered, [("A", 5)])]) == .partiallyShipped)
        #expect(status([parcel(.failure, all)]) == .exception)
        #expect(status([parcel(.returnToSender, all)]) == .exception)
        #expect(status([parcel(.returned, all)]) == .returned)
        #expect(status([parcel(.returned, [("A", 5)]), parcel(.failure, [("B", 2)], id: "P2")]) == .exception)
        #expect(status([Sample.said(.cancelled(reason: nil, items: nil), minute: 1)]) == .cancelled)
    }

    @Test func aLostBoxThatWasReplacedEndsAsDelivered() {
        let updates = [parcel(.failure, all), parcel(.delivered, all, id: "P2", minute: 9)]
        #expect(status(updates) == .delivered)
        #expect(!Sample.order().applying(all: updates).flags.contains(.quantityMismatch))
    }

    @Test func whatIsCancelledNeedNotArrive() {
        let updates = [
            Sample.said(.cancelled(reason: nil, items: [.init(sku: "B", quantity: 2)]), minute: 1),
            parcel(.delivered, [("A", 5)]),
        ]
        #expect(status(updates) == .delivered)
    }

    @Test func aParcelForACancelledOrderIsAFactAndIsFlagged() {
        let order = Sample.order().applying(all: [
            Sample.said(.cancelled(reason: nil, items: nil), minute: 1), parcel(.inTransit, all, minute: 2),
        ])
        #expect(order.status == .shipped && order.flags.contains(.unexpectedPackage))
    }

    @Test func moreThanWasOrderedOrSomethingElseIsFlaggedAndApplied() {
        #expect(Sample.order().applying(all: [parcel(.inTransit, [("A", 6)])]).flags.contains(.quantityMismatch))
        #expect(Sample.order().applying(all: [parcel(.inTransit, [("Z", 1)])]).flags.contains(.quantityMismatch))
        #expect(!Sample.order().applying(all: [parcel(.inTransit, all)]).flags.contains(.quantityMismatch))
        #expect(Sample.order().applying(all: [parcel(.delivered, [("A", .max), ("B", .max)])]).status == .delivered)
    }

    /// One parcel that held too much stays remarkable whatever became of it; two that each could be right may be one
    /// and its replacement.
    @Test(arguments: PackageStatus.allCases) func oneParcelWithTooMuchIsFlaggedWhateverBecameOfIt(status: PackageStatus)
    {
        for items in [[("A", 6)], [("A", 3), ("A", 3)], [("Z", 0)]] {
            #expect(Sample.order().applying(all: [parcel(status, items)]).flags.contains(.quantityMismatch))
        }
        let isReplaced = [.failure, .returned, .returnToSender, .cancelled].contains(status)
        let two = [parcel(status, all), parcel(.delivered, all, id: "P2", minute: 9)]
        #expect(Sample.order().applying(all: two).flags.contains(.quantityMismatch) != isReplaced)
    }

    /// What a house says is of any size, and may be said twice in one message.
    @Test(arguments: PackageStatus.allCases) func quantitiesOfAnySizeAddUpWithoutEnd(status: PackageStatus) {
        let huge = [ItemCount(sku: "A", quantity: .max), ItemCount(sku: "A", quantity: .max)]
        for updates in [
            [parcel(status, [("A", .max), ("A", .max), ("B", .max), ("B", 1)])],
            [parcel(status, all), parcel(status, [("A", .max), ("A", 1)], id: "P2")],
            [Sample.said(.backordered(items: huge, expectedAt: nil), minute: 1)],
            [
                Sample.said(.cancelled(reason: nil, items: huge), minute: 1),
                Sample.said(.cancelled(reason: nil, items: huge), minute: 2),
            ],
            [Sample.said(.cancellationRefused(reason: nil, items: huge), minute: 1)],
        ] {
            let order = Sample.order().applying(all: updates)
            #expect(order.flags.contains(.quantityMismatch))
            #expect(order.quantities.allSatisfy { $0.cancelled <= $0.ordered && $0.backordered <= $0.ordered })
        }
    }

    @Test func aRejectionIsOverWhenTheHouseTakesTheOrderAfterAll() {
        let rejected = Sample.said(.rejected(reason: "x"), minute: 1)
        let taken = Sample.said(.acknowledged(houseReference: nil), minute: 2)
        #expect(status([rejected, taken]) == .submitted && status([taken, rejected]) == .submitted)
    }

    @Test(arguments: 0..<60) func theOrderAndRepetitionOfMessagesCannotMatter(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let messages = (0..<5).map { _ in Self.message(using: &generator) }
        let expected = Sample.order().applying(all: messages)
        for arrival in messages.permutations {
            let order = Sample.order().applying(all: arrival + [arrival.randomElement(using: &generator)!])
            #expect(order.status == expected.status && order.quantities == expected.quantities, "seed \(seed)")
            #expect(order.houseReference == expected.houseReference, "seed \(seed)")
        }
    }

    private static func message(using generator: inout SeededGenerator) -> ShippingUpdate {
        let minute = Int64.random(in: 0...4, using: &generator)
        func items() -> [ItemCount] {
            [
                ItemCount(
                    sku: ["A", "B", "Z"].randomElement(using: &generator)!,
                    quantity: .random(in: 0...6, using: &generator))
            ]
        }
        switch Int.random(in: 0...7, using: &generator) {
        case 0: return Sample.said(.acknowledged(houseReference: "H\(minute)"), minute: minute)
        case 1: return Sample.said(.rejected(reason: "r"), minute: minute)
        case 2: return Sample.said(.backordered(items: items(), expectedAt: nil), minute: minute)
        case 3:
            return Sample.said(
                .cancelled(reason: nil, items: Bool.random(using: &generator) ? items() : nil), minute: minute)
        case 4: return Sample.said(.cancellationRefused(reason: nil, items: nil), minute: minute)
        default:
            // One content for one (package, status, time): houses do not say two things of one moment.
            let status = PackageStatus.allCases.randomElement(using: &generator)!
            let package = ["P1", "P2"].randomElement(using: &generator)!
            let pick = (status.rank + Int(minute) + package.utf8.count) % 3
            return Sample.tracked(
                Sample.update(
                    package, status, minute: minute, items: [nil, [("A", 5), ("B", 2)], [("A", 3)]][pick],
                    receivedMinute: 5))
        }
    }

    @Test func aCancellationToldTwiceUnderTwoIDsIsCancelledOnce() {
        let items = [ItemCount(sku: "A", quantity: 2)]
        let order = Sample.order().applying(all: [
            Sample.said(.cancelled(reason: nil, items: items), minute: 1),
            Sample.said(.cancelled(reason: nil, items: items), minute: 1, id: "z"),
        ])
        #expect(order.quantities[0].cancelled == 2)
    }

    @Test func whatCameTooEarlyCountsWhenItIsToldAgainInItsTime() {
        let ahead = Sample.update("P1", .delivered, minute: 3000, items: all, receivedMinute: 0)
        let inTime = Sample.update("P1", .delivered, minute: 3000, items: all, receivedMinute: 3000)
        let early = Sample.order().applying(all: [Sample.tracked(ahead)])
        #expect(early.status == .submitted)
        let told = early.applying(Sample.tracked(inTime), at: Sample.now)
        #expect(told.newPackageUpdate == inTime && told.order.status == .delivered)
        #expect(told.order.facts.packageUpdates.count == 1)
    }

    /// `ignored` means that nobody who looks at the order finds it changed.
    @Test func whatShowsIsAppliedAndWhatDoesNotIsIgnored() {
        func isIgnored(_ update: ShippingUpdate, after earlier: [ShippingUpdate]) -> Bool {
            let order = Sample.order().applying(all: earlier)
            let applied = order.applying(update, at: Sample.now.adding(seconds: 9))
            guard case .ignored = applied.result else { return false }
            #expect(CancellationStory(applied.order) == CancellationStory(order))
            #expect(applied.order.updatedAt == order.updatedAt && applied.history.isEmpty)
            return true
        }
        let taken = Sample.said(.acknowledged(houseReference: nil), minute: 1)
        let rejected = Sample.said(.rejected(reason: "r"), minute: 1)
        let cancelled = Sample.said(.cancelled(reason: "first", items: nil), minute: 2)
        let refused = Sample.said(.cancellationRefused(reason: "late", items: nil), minute: 3)
        #expect(isIgnored(Sample.said(.acknowledged(houseReference: nil), minute: 5), after: [taken]))
        #expect(isIgnored(refused, after: [taken]))
        #expect(isIgnored(refused, after: [cancelled]))
        #expect(!isIgnored(Sample.said(.rejected(reason: "r"), minute: 5), after: [rejected]))
        #expect(!isIgnored(Sample.said(.cancelled(reason: "second", items: nil), minute: 3), after: [cancelled]))
        let none = [ItemCount(sku: "A", quantity: 0)]
        #expect(!isIgnored(Sample.said(.cancelled(reason: nil, items: none), minute: 3), after: [taken]))
    }

    @Test func whatTheHouseCancelledStaysSoWhateverItSaysAfterwards() throws {
        let cancelled = Sample.said(.cancelled(reason: "gone", items: nil), minute: 2)
        let refused = Sample.said(.cancellationRefused(reason: "late", items: nil), minute: 3)
        var order = Sample.order()
        #expect(CancellationStory(order) == nil)
        let own = try #require(CancellationStory(order.applying(all: [cancelled, refused])))
        #expect(own.state == .cancelled && own.reason == "gone" && own.actor == .house)
        order.facts.cancellationAsked = CancellationRequest(
            cancellation: Cancellation(reason: "asked", at: Sample.now, by: .reader), answersBefore: 0)
        #expect(CancellationStory(order)?.state == .requested)
        let answered = try #require(CancellationStory(order.applying(all: [cancelled, refused])))
        #expect(answered.state == .cancelled && answered.reason == "asked" && answered.answer == "gone")
        #expect(CancellationStory(order.applying(all: [refused]))?.state == .refused)
        #expect(order.applying(all: [cancelled, refused]).status == .cancelled)
    }

    @Test func whatIsStoredAlreadyOrChangesNothingIsIgnored() {
        let acknowledged = Sample.said(.acknowledged(houseReference: "H"), minute: 1)
        let order = Sample.order().applying(acknowledged, at: Sample.now).order
        guard case .ignored = order.applying(acknowledged, at: Sample.now).result else { return #expect(Bool(false)) }
        let update = parcel(.inTransit, all)
        let moving = order.applying(update, at: Sample.now).order
        let again = moving.applying(update, at: Sample.now)
        #expect(again.newPackageUpdate == nil && again.history.isEmpty && again.order == moving)
        let ahead = Sample.tracked(Sample.update("P1", .delivered, minute: 3000, items: all, receivedMinute: 0))
        let early = moving.applying(ahead, at: Sample.now)
        #expect(early.newPackageUpdate != nil && early.order.status == .shipped)
        guard case .ignored = early.result else { return #expect(Bool(false)) }
    }
}
