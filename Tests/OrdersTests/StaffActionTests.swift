import Orders
import Testing

@Suite struct StaffActionTests {
    private static let now = Sample.now.adding(seconds: 60)
    private static let event = EventID(value: 99)
    private static let idle = PlacedDelivery(id: EventID(value: 1), isInFlight: false)
    private static let flying = PlacedDelivery(id: EventID(value: 1), isInFlight: true)
    private static let all = [("A", 5), ("B", 2)]

    /// An order in each state, sent to the house unless the state says otherwise.
    private static func order(in status: OrderStatus) -> Order {
        func parcel(_ status: PackageStatus, _ items: [(String, Int)] = all) -> Order {
            Sample.order().applying(all: [Sample.tracked(Sample.update("P1", status, minute: 1, items: items))])
        }
        let acknowledged = Sample.said(.acknowledged(houseReference: nil), minute: 1)
        switch status {
        case .placed: return Sample.order()
        case .submitted: return Sample.order().applying(all: [acknowledged])
        case .backordered:
            return Sample.order().applying(all: [
                Sample.said(.backordered(items: [.init(sku: "A", quantity: 1)], expectedAt: nil), minute: 1)
            ])
        case .cancelRequested: return decided(.cancel(reason: nil, event: event), order(in: .submitted))!.order
        case .onHold: return decided(.hold(reason: "check"), Sample.order())!.order
        case .partiallyShipped: return parcel(.inTransit, [("A", 5)])
        case .exception: return parcel(.failure)
        case .returned: return parcel(.returned)
        case .shipped: return parcel(.inTransit)
        case .cancelled: return decided(.cancel(reason: nil, event: event), Sample.order())!.order
        case .delivered: return parcel(.delivered)
        }
    }

    private static func decided(
        _ action: StaffAction, _ order: Order, delivery: PlacedDelivery = idle, by actor: Actor = .staff("sam")
    ) -> StaffChanges? {
        guard case .accepted(let changes) = order.deciding(action, by: actor, at: now, delivery: delivery) else {
            return nil
        }
        return changes
    }

    private static let actions: [(name: String, action: StaffAction, allowed: Set<OrderStatus>)] = [
        ("hold", .hold(reason: "r"), [.placed]),
        ("release", .release(event: event), [.onHold]),
        ("ship_to", .correctAddress(Sample.shipTo), [.onHold]),
        (
            "cancel", .cancel(reason: nil, event: event),
            [.placed, .onHold, .submitted, .backordered, .partiallyShipped]
        ),
        ("resend", .resend, Set(OrderStatus.allCases)),
        ("reship", .reship(.random(at: now), event: event), [.returned, .exception]),
        ("note", .note("n"), Set(OrderStatus.allCases)),
    ]

    @Test(arguments: OrderStatus.allCases) func everyStatusAndActionHasTheTablesAnswer(status: OrderStatus) {
        let order = Self.order(in: status)
        #expect(order.status == status)
        for (name, action, allowed) in Self.actions {
            let decision = order.deciding(action, by: .staff("sam"), at: Self.now, delivery: Self.idle)
            switch decision {
            case .accepted(let changes):
                #expect(allowed.contains(status), "\(name) in \(status)")
                #expect(changes.history.from == status && changes.history.to == changes.order.status)
                #expect(changes.order.updatedAt == Self.now)
            case .refused(let refusal):
                #expect(!allowed.contains(status), "\(name) in \(status)")
                #expect(refusal.currentStatus == status && !refusal.why.isEmpty)
            }
        }
    }

    @Test func whatIsOnTheWireCannotBeHeldOrResentAndIsCancelledByAsking() {
        #expect(Self.decided(.hold(reason: "r"), Sample.order(), delivery: Self.flying) == nil)
        #expect(Self.decided(.resend, Sample.order(), delivery: Self.flying) == nil)
        var sent = Sample.order()
        sent.facts.wasSent = true
        #expect(Self.decided(.hold(reason: "r"), sent) == nil)
        let asked = Self.decided(.cancel(reason: "r", event: Self.event), Sample.order(), delivery: Self.flying)
        #expect(asked?.order.status == .cancelRequested)
        guard case .announce(let event)? = asked?.outbox.first else { return #expect(Bool(false)) }
        #expect(event.kind == .cancellationRequested && asked?.outbox.count == 1)
    }

    @Test func anOpenCancellationIsNotAskedAgain() {
        let moving = Self.order(in: .partiallyShipped)
        let asked = Self.decided(.cancel(reason: nil, event: Self.event), moving)!.order
        #expect(asked.status == .partiallyShipped && asked.isCancellationOpen)
        #expect(Self.decided(.cancel(reason: nil, event: Self.event), asked) == nil)
    }

    @Test func aRejectedOrderWhoseDeliveryIsOnTheWireWaitsForItsAnswer() {
        let rejected = Sample.order().applying(all: [Sample.said(.rejected(reason: "r"), minute: 5)])
        #expect(Self.decided(.release(event: Self.event), rejected, delivery: Self.flying) == nil)
        #expect(Self.decided(.release(event: Self.event), rejected) != nil)
    }

    @Test func theReaderMayCancelOnlyWhileNothingWasSent() {
        let cancel = StaffAction.cancel(reason: nil, event: Self.event)
        #expect(Self.decided(cancel, Sample.order(), by: .reader)?.order.status == .cancelled)
        #expect(Self.decided(cancel, Sample.order(), delivery: Self.flying, by: .reader) == nil)
        #expect(Self.decided(cancel, Self.order(in: .submitted), by: .reader) == nil)
    }

    @Test func theReaderHearsWhyNothingCanBeCanceled() {
        func why(_ order: Order, _ delivery: PlacedDelivery = Self.idle) -> String? {
            let cancel = StaffAction.cancel(reason: nil, event: Self.event)
            guard case .refused(let refusal) = order.deciding(cancel, by: .reader, at: Self.now, delivery: delivery)
            else { return nil }
            return refusal.why
        }
        #expect(why(Self.order(in: .cancelled)) == "the order is cancelled")
        #expect(why(Self.order(in: .placed), Self.flying)?.contains("right now") == true)
        #expect(why(Self.order(in: .submitted), Self.flying)?.contains("has been sent") == true)
        #expect(why(Self.order(in: .shipped))?.contains("has been sent") == true)
    }

    @Test func aHeldOrderGoesOnWithTheSameDelivery() {
        let held = Self.decided(.hold(reason: "r"), Sample.order())!
        guard case .withdraw(Self.idle.id)? = held.outbox.first else { return #expect(Bool(false)) }
        let released = Self.decided(.release(event: Self.event), held.order)!
        guard case .restore(Self.idle.id)? = released.outbox.first else { return #expect(Bool(false)) }
        #expect(released.order.status == .placed)
    }

    @Test func aCorrectedAddressGoesOutAsANewEventThatReplacesTheOld() throws {
        let held = Self.decided(.hold(reason: "r"), Sample.order())!.order
        let elsewhere = ShipTo(
            name: "Elsewhere", organization: nil, line1: "9 Side St", line2: nil, city: "X", region: "IL",
            postalCode: "62702",
            country: "US", phone: nil)
        let corrected = Self.decided(.correctAddress(elsewhere), held)!
        #expect(corrected.order.shipTo == elsewhere && corrected.history.detail == nil && corrected.outbox.isEmpty)
        let released = Self.decided(.release(event: Self.event), corrected.order)!
        guard case .withdraw(Self.idle.id)? = released.outbox.first,
            case .announce(let event)? = released.outbox.last
        else { return #expect(Bool(false)) }
        let body = try JSONReader.read(event.payload)
        #expect(body["data"]?["order"]?["replaces"]?.stringValue == Self.idle.id.description)
        #expect(body["data"]?["order"]?["ship_to"]?["name"]?.stringValue == "Elsewhere")
        #expect(event.id == Self.event && !released.order.facts.addressChanged)
    }

    @Test func aReleasedRejectionStaysAnsweredUntilTheNextOne() {
        let rejected = Sample.order().applying(all: [Sample.said(.rejected(reason: "bad street"), minute: 5)])
        let released = Self.decided(.release(event: Self.event), rejected)!
        #expect(released.order.status == .submitted)
        // An earlier one that comes late changes nothing; another one, even of the same moment, holds again.
        let late = released.order.applying(Sample.said(.rejected(reason: "old"), minute: 4), at: Self.now).order
        #expect(late.status == .submitted)
        let again = late.applying(
            Sample.said(.rejected(reason: "bad street"), minute: 5, id: "z"), at: Self.now
        ).order
        #expect(again.status == .onHold && again.openRejection?.reason == "bad street")
    }

    @Test func aRefusedCancellationLeavesTheOrderWhereItWas() {
        let asked = Self.order(in: .cancelRequested)
        let refused = asked.applying(
            Sample.said(.cancellationRefused(reason: "packed", items: nil), minute: 7), at: Self.now
        ).order
        #expect(refused.status == .submitted)
        let askedAgain = Self.decided(.cancel(reason: nil, event: EventID(value: 100)), refused)!.order
        #expect(askedAgain.status == .cancelRequested)
        // The same words in the same second, under another id, are the second answer.
        let refusedAgain = askedAgain.applying(
            Sample.said(.cancellationRefused(reason: "packed", items: nil), minute: 7, id: "z"), at: Self.now)
        #expect(refusedAgain.order.status == .submitted && refusedAgain.result == .applied)
        #expect(
            askedAgain.applying(Sample.said(.cancelled(reason: nil, items: nil), minute: 8), at: Self.now).order.status
                == .cancelled)
    }

    @Test func aReshipIsANewOrderLinkedBothWays() throws {
        let identity = OrderIdentity.random(at: Self.now)
        let changes = try #require(Self.decided(.reship(identity, event: Self.event), Self.order(in: .returned)))
        let new = try #require(changes.newOrder)
        #expect(new.order.reshipOf == changes.order.number && changes.order.facts.reshippedAs == [identity.number])
        #expect(
            new.order.status == .placed && new.event.orderID == identity.id && new.order.lines == changes.order.lines)
    }

    @Test func theEventsBytesAreTheContracts() {
        let event = OutboxEvent.placed(Sample.order([("A", 5)]), id: Self.event, at: Sample.now)
        #expect(
            String(decoding: event.payload, as: UTF8.self)
                == #"{"type":"order.placed","timestamp":"2026-09-21T14:13:20.000Z","data":{"order":{"number":"4829-1504-75","placed_at":"2026-09-21T14:13:20.000Z","items":[{"sku":"A","title":"Title A","language":"en","quantity":5,"unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":16,"unit":"oz"}}],"total_weight":{"value":1,"unit":"lb"},"ship_to":{"name":"Ana María Núñez","organization":null,"line1":"1 Main St","line2":null,"city":"Springfield","region":"IL","postal_code":"62701","country":"US","phone":null},"requester_type":"patient","language":"en","notes":null}}}"#
        )
    }
}
