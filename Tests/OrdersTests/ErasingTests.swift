import Orders
import Testing

@Suite struct ErasingTests {
    private static let now = Sample.now.adding(days: 100)
    private static let rule = RetentionRule(days: 90)

    private static func parcel(_ status: PackageStatus, _ items: [(String, Int)] = [("A", 5), ("B", 2)]) -> Order {
        Sample.order().applying(all: [Sample.tracked(Sample.update("P1", status, minute: 1, items: items))])
    }

    private static func submitted() -> Order {
        Sample.order().applying(all: [Sample.said(.acknowledged(houseReference: "H"), minute: 1)])
    }

    private func erased(
        _ order: Order, because cause: ErasureCause = .retention, deliveries: [DeliveryState] = [.delivered]
    ) throws -> (order: Order, entry: HistoryEntry) {
        let decision = order.erasing(because: cause, deliveries: deliveries, by: .system, at: Self.now)
        guard case .erase(let order, let entry) = decision else { throw NotErased(decision: decision) }
        return (order, entry)
    }

    private struct NotErased: Error { let decision: ErasureDecision }

    // MARK: When

    @Test func aFinalStatusEndsAfterItsDaysAndEverythingAfterAYear() {
        let placed = Sample.now
        #expect(Self.rule.dueAt(placedAt: placed, finalSince: nil) == placed.adding(days: 365))
        #expect(Self.rule.dueAt(placedAt: placed, finalSince: placed.adding(days: 10)) == placed.adding(days: 100))
        #expect(Self.rule.dueAt(placedAt: placed, finalSince: placed.adding(days: 300)) == placed.adding(days: 365))
        let limits = Self.rule.limits(at: Self.now)
        #expect(limits.final == Self.now.adding(days: -90) && limits.placed == Self.now.adding(days: -365))
        #expect(limits.settledMessage == limits.final && limits.waitingMessage == limits.final)
    }

    @Test func aMessageThatWaitsForStaffIsNotForgottenWithinAMonth() {
        let limits = RetentionRule(days: 1).limits(at: Self.now)
        #expect(limits.settledMessage == Self.now.adding(days: -1))
        #expect(limits.waitingMessage == Self.now.adding(days: -30))
    }

    @Test func threeStatusesAreFinal() {
        #expect(OrderStatus.allCases.filter(\.isFinal) == [.returned, .cancelled, .delivered])
    }

    // MARK: What goes and what stays

    @Test func nothingOfThePersonStaysAndTheStatisticsDo() throws {
        var order = Self.parcel(.delivered)
        order.shipTo = ShipTo(
            name: "N", organization: "O", line1: "L1", line2: "L2", city: "C", region: "IL", postalCode: "62701-1234",
            country: "US", phone: "P")
        order.facts.staffNotes = [StaffNote(at: Sample.now, by: .staff("sam"), text: "T")]
        order.facts.addressChanged = true
        let after = try erased(order).order
        #expect(
            after.shipTo
                == ShipTo(
                    name: "", organization: nil, line1: "", line2: nil, city: "", region: "IL", postalCode: "627",
                    country: "US", phone: nil))
        #expect(after.email == nil && after.notes == nil && after.facts.staffNotes.isEmpty)
        #expect(after.facts.packageUpdates.map(\.trackingNumber) == [nil])
        #expect(after.facts.packageUpdates.map(\.carrier) == ["usps"])
        #expect(after.facts.erasedAt == Self.now && after.updatedAt == Self.now)
        #expect(after.lines == order.lines && after.quantities == order.quantities && after.status == .delivered)
        #expect(after.placedAt == order.placedAt && after.requesterType == .patient && after.language == .english)
    }

    @Test(arguments: [
        ("US", "82101", "WY", "", "WY"), ("US", "10001", "NY", "100", "NY"), ("CA", "H2Y", "Québec", "", ""),
    ])
    func anAreaOfFewPeopleOrAbroadIsNotKept(
        country: String, postalCode: String, region: String, area: String, kept: String
    ) throws {
        var order = Self.parcel(.delivered)
        order.shipTo = ShipTo(
            name: "N", organization: nil, line1: "L", line2: nil, city: "C", region: region, postalCode: postalCode,
            country: country, phone: nil)
        let shipTo = try erased(order).order.shipTo
        #expect(shipTo.postalCode == area && shipTo.region == kept && shipTo.country == country)
    }

    @Test func everythingThatWasTypedGoes() throws {
        var order = Sample.order().applying(all: [
            Sample.said(.acknowledged(houseReference: "T1"), minute: 1),
            Sample.said(.rejected(reason: "T2"), minute: 2),
            Sample.said(.backordered(items: [.init(sku: "A", quantity: 1)], expectedAt: "T3"), minute: 3),
            Sample.said(.cancellationRefused(reason: "T4", items: nil), minute: 4),
            Sample.said(.cancelled(reason: "T5", items: nil), minute: 5),
        ])
        order.facts.hold = Hold(reason: "T6", at: Sample.now, by: .staff("sam"))
        order.facts.cancellationAsked = CancellationRequest(
            cancellation: Cancellation(reason: "T7", at: Sample.now, by: .staff("sam")), answersBefore: 0)
        order.facts.cancelledAtOnce = Cancellation(reason: "T8", at: Sample.now, by: .reader)
        let after = try erased(order).order
        #expect("\(order)".contains("\"T1\"") && "\(order)".contains("\"T8\""), "the check can see")
        for text in 1...8 { #expect(!"\(after)".contains("\"T\(text)\""), "T\(text)") }
        #expect(after.status == order.status && after.quantities == order.quantities)
        #expect(after.facts.messages.map(\.id) == order.facts.messages.map(\.id))
    }

    @Test func whatTheHouseSaysLaterLeavesNoWords() throws {
        let after = try erased(Self.parcel(.inTransit)).order
        let update = PackageUpdate(
            packageID: "P1", carrier: "usps", trackingNumber: "94001", trackingURL: "https://x", status: .delivered,
            items: nil, occurredAt: Self.now, receivedAt: Self.now, message: "left with Mrs. Roe", location: "Ohio")
        let applied = after.applying(Sample.tracked(update), at: Self.now)
        #expect(applied.order.status == .delivered)
        let stored = try #require(applied.newPackageUpdate)
        #expect([stored.message, stored.location, stored.trackingNumber, stored.trackingURL] == [nil, nil, nil, nil])
        let said = after.applying(Sample.said(.rejected(reason: "no such person"), minute: 9), at: Self.now)
        #expect(said.order.facts.messages.last?.content == .rejected(reason: ""))
    }

    // MARK: Whether

    @Test func nothingIsErasedWhileADeliveryIsTriedOrTwice() throws {
        for cause in [ErasureCause.retention, .request(force: true)] {
            let decision = Self.submitted().erasing(
                because: cause, deliveries: [.delivered, .inFlight], by: .system, at: Self.now)
            guard case .refused(let refusal) = decision else { throw NotErased(decision: decision) }
            #expect(refusal.why.contains("in a moment"))
        }
        let after = try erased(Self.parcel(.delivered)).order
        guard
            case .erasedAlready = after.erasing(
                because: .request(force: true), deliveries: [], by: .system, at: Self.now)
        else { throw NotErased(decision: .erasedAlready) }
    }

    @Test func onRequestAnOrderUnderWayNeedsForceAndOneThatWaitsIsCancelledFirst() throws {
        func refusal(_ order: Order) -> String? {
            let decision = order.erasing(
                because: .request(force: false), deliveries: [.pending], by: .system, at: Self.now)
            guard case .refused(let refusal) = decision else { return nil }
            return refusal.why
        }
        #expect(refusal(Sample.order())?.contains("cancel it first") == true)
        for order in [Self.submitted(), Self.parcel(.inTransit), Self.parcel(.failure)] {
            #expect(refusal(order)?.contains("by force") == true)
            #expect(try erased(order, because: .request(force: true)).order.status == order.status)
        }
        for status in [PackageStatus.delivered, .returned] { #expect(refusal(Self.parcel(status)) == nil) }
    }

    @Test func whatOnlyWaitedHereIsCancelledAndItsDeliveryWithdrawn() throws {
        var held = Sample.order()
        held.facts.hold = Hold(reason: "T", at: Sample.now, by: .staff("sam"))
        for order in [Sample.order(), held] {
            let (after, entry) = try erased(order, deliveries: [.pending, .exhausted, .delivered])
            #expect(after.status == .cancelled && after.facts.hold == nil)
            #expect(entry.event == "order.erased" && entry.from == order.status && entry.to == .cancelled)
            #expect(entry.detail == "its time is over; deliveries withdrawn: 2")
        }
        #expect(try erased(Self.submitted()).order.status == .submitted)
    }

    @Test func nothingCanBeDoneWithAnErasedOrder() throws {
        let order = try erased(Self.parcel(.returned)).order
        let event = EventID(value: 99)
        let actions: [StaffAction] = [
            .hold(reason: "r"), .release(event: event), .correctAddress(Sample.shipTo),
            .cancel(reason: nil, event: event),
            .resend, .reship(.random(at: Self.now), event: event), .note("n"),
        ]
        for action in actions {
            let decision = order.deciding(
                action, by: .staff("sam"), at: Self.now, delivery: PlacedDelivery(id: event, isInFlight: false))
            guard case .refused(let refusal) = decision else {
                Issue.record("\(action) was accepted")
                continue
            }
            #expect(refusal.why.contains("erased") && refusal.currentStatus == .returned)
        }
    }
}
