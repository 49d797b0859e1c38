import Orders
import Testing

extension StoreConformance {
    static var steeringCases: [Case] {
        [
            Case("a held order is not sent, and a released one goes on") { try await $0.heldIsNotSent() },
            Case("a corrected address goes out with the new event only") { try await $0.addressIsCorrected() },
            Case("a cancelled order is withdrawn") { try await $0.cancelledIsWithdrawn() },
            Case("an order that was sent is cancelled by asking") { try await $0.sentIsCancelledByAsking() },
            Case("a resend delivers the same event again") { try await $0.resendDeliversAgain() },
            Case("a reship is a new order, linked both ways") { try await $0.reshipIsLinked() },
            Case("a refused action changes nothing") { try await $0.refusedChangesNothing() },
            Case("an action on what changed since is refused") { try await $0.changedSinceIsRefused() },
            Case("a reship with a taken number changes nothing") { try await $0.takenReshipChangesNothing() },
            Case("every fact of an order comes back") { try await $0.everyFactComesBack() },
        ]
    }

    private func heldIsNotSent() async throws {
        let order = try await placed()
        let held = try await perform(.hold(reason: "call first"), on: order)
        #expect(held.order.status == .onHold && held.order.facts.hold?.reason == "call first")
        #expect(held.deliveries.map(\.state) == [.withdrawn])
        #expect(try await claim(at: Self.later(999)).claims.isEmpty)
        #expect(held.history.last?.event == "order.held" && held.history.last?.to == .onHold)
        let released = try await perform(.release(event: .draw(at: Self.later(6))), on: order, at: Self.later(6))
        #expect(released.order.status == .placed)
        // The order has no reason any more, its history has.
        #expect(released.history.map(\.detail).contains("call first") && released.order.facts.hold == nil)
        #expect(released.deliveries.map(\.id) == held.deliveries.map(\.id))
        #expect(try await onlyClaim(at: Self.later(6)).id == held.deliveries.first?.id)
        #expect(released.version > held.version)
    }

    private func addressIsCorrected() async throws {
        let order = try await placed(
            SampleOrders.order(to: SampleOrders.shipTo(name: "Maria Old", city: "Oldtown"), email: "m@example.org"))
        #expect(try await found("old") == [order.number])
        try await perform(.hold(reason: "moved"), on: order)
        let corrected = try await perform(
            .correctAddress(SampleOrders.shipTo(name: "Maria New", city: "Newtown")), on: order)
        #expect(corrected.order.shipTo.name == "Maria New" && corrected.order.facts.addressChanged)
        #expect(try await found("old").isEmpty)
        #expect(try await found("maria newt") == [order.number])
        #expect(try await found("m@exam") == [order.number])
        let event = EventID.draw(at: Self.later(9))
        let released = try await perform(.release(event: event), on: order, at: Self.later(9))
        #expect(released.deliveries.map(\.state) == [.withdrawn, .pending])
        let claim = try await onlyClaim(at: Self.later(9))
        #expect(claim.id == event)
        let text = String(decoding: claim.payload, as: UTF8.self)
        #expect(text.contains("Newtown") && !text.contains("Oldtown"))
        #expect(text.contains(released.deliveries[0].id.description))
    }

    private func found(_ text: String) async throws -> [OrderNumber] {
        var query = OrderQuery()
        query.search = SearchTerm(text)
        #expect(query.search != nil)
        return try await store.orders(query).summaries.map(\.number)
    }

    private func cancelledIsWithdrawn() async throws {
        let order = try await placed()
        let cancelled = try await perform(
            .cancel(reason: "changed my mind", event: .draw(at: Self.now)), on: order, by: .reader)
        #expect(cancelled.order.status == .cancelled)
        #expect(cancelled.order.facts.cancelledAtOnce?.by == .reader)
        #expect(cancelled.deliveries.map(\.state) == [.withdrawn])
        #expect(try await claim(at: Self.later(999)).claims.isEmpty)
    }

    private func sentIsCancelledByAsking() async throws {
        let order = try await placed()
        try await deliverAll()
        let event = EventID.draw(at: Self.later(5))
        let asked = try await perform(.cancel(reason: "by phone", event: event), on: order)
        #expect(asked.order.status == .cancelRequested)
        #expect(asked.order.facts.cancellationAsked?.cancellation.reason == "by phone")
        #expect(asked.deliveries.map(\.kind) == [.orderPlaced, .cancellationRequested])
        #expect(try await onlyClaim(at: Self.later(5)).id == event)
        try await apply(SampleOrders.said(.cancelled(reason: nil, items: nil), of: order.number, second: 9), "w1")
        #expect(try await detail(order).order.status == .cancelled)
    }

    private func resendDeliversAgain() async throws {
        let order = try await placed()
        try await deliverAll()
        let resent = try await perform(.resend, on: order)
        #expect(resent.deliveries.map(\.state) == [.pending])
        #expect(resent.order.status == .submitted)
        #expect(try await onlyClaim(at: Self.later(5)).id == resent.deliveries.first?.id)
        let inFlight = try await store.perform(
            .resend, on: order.number, by: .staff("kim"), at: Self.later(6), ifMatch: nil)
        guard case .refused = inFlight else { throw Unexpected("resent while in flight") }
    }

    private func returned() async throws -> Order {
        let order = try await placed()
        try await deliverAll()
        let update = SampleOrders.tracked(order.number, .returned, second: 9, items: SampleOrders.items(of: order))
        try await apply(update, "returned \(order.number)")
        #expect(try await detail(order).order.status == .returned)
        return order
    }

    private func reshipIsLinked() async throws {
        let order = try await returned()
        let identity = OrderIdentity.random(at: Self.later(20))
        let outcome = try await store.perform(
            .reship(identity, event: .draw(at: Self.later(20))), on: order.number, by: .staff("kim"),
            at: Self.later(20), ifMatch: nil)
        guard case .reshipped(let original, let new) = outcome else { throw Unexpected("not reshipped: \(outcome)") }
        #expect(original.order.facts.reshippedAs == [identity.number])
        #expect(new.order.number == identity.number && new.order.reshipOf == order.number)
        #expect(new.order.lines == order.lines && new.order.shipTo == order.shipTo)
        // Who sends an order again means to.
        #expect(new.order.flags == [])
        #expect(new.history.map(\.event) == ["order.placed"] && new.history.first?.actor == .staff("kim"))
        #expect(try await onlyClaim(at: Self.later(20)).orderNumber == identity.number)
        #expect(try await store.order(holding: identity.token) == new.order)
    }

    private func refusedChangesNothing() async throws {
        let order = try await placed()
        let before = try await detail(order)
        let outcome = try await store.perform(
            .release(event: .draw(at: Self.now)), on: order.number, by: .staff("kim"), at: Self.later(1), ifMatch: nil)
        guard case .refused(let refusal) = outcome else { throw Unexpected("not refused") }
        #expect(refusal.currentStatus == .placed)
        #expect(try await detail(order) == before)
        let unknown = try await store.perform(
            .resend, on: OrderNumber(serial: 1), by: .staff("kim"), at: Self.now, ifMatch: nil)
        guard case .notFound = unknown else { throw Unexpected("found what is not there") }
    }

    private func changedSinceIsRefused() async throws {
        let order = try await placed()
        let tag = try await detail(order).entityTag
        func note(_ ifMatch: [String]?) async throws -> ActionOutcome {
            try await store.perform(
                .note("hello"), on: order.number, by: .staff("kim"), at: Self.later(1), ifMatch: ifMatch)
        }
        guard case .done(let detail) = try await note(["\"x\"", tag]) else { throw Unexpected("the tag did not fit") }
        guard case .changedSince = try await note([tag]) else { throw Unexpected("the old tag still fits") }
        guard case .done = try await note(["*"]), case .done = try await note(nil) else {
            throw Unexpected("anything should fit")
        }
        #expect(detail.order.facts.staffNotes.map(\.text) == ["hello"])
        #expect(detail.entityTag != tag)
        // An attempt on its delivery is something that staff see, too.
        let noted = try await self.detail(order).entityTag
        _ = try await onlyClaim()
        #expect(try await self.detail(order).entityTag != noted)
    }

    private func takenReshipChangesNothing() async throws {
        let order = try await returned()
        let before = try await detail(order)
        let drawn = OrderIdentity.random(at: Self.later(20))
        let taken = OrderIdentity(id: drawn.id, number: order.number, token: drawn.token)
        let outcome = try await store.perform(
            .reship(taken, event: .draw(at: Self.later(20))), on: order.number, by: .staff("kim"),
            at: Self.later(20), ifMatch: nil)
        guard case .identityTaken = outcome else { throw Unexpected("taken, and yet \(outcome)") }
        #expect(try await detail(order) == before)
        #expect(try await store.deliveries(DeliveryQuery()).count.value == 1)
    }

    private func everyFactComesBack() async throws {
        let order = try await placed()
        try await perform(.note("first"), on: order, at: Self.later(1))
        try await perform(.hold(reason: "wait \"here\"\n"), on: order, at: Self.later(2))
        try await perform(.note("second"), on: order, at: Self.later(3), by: .staff("lee"))
        try await perform(.correctAddress(SampleOrders.shipTo(line1: "2 Elm")), on: order, at: Self.later(4))
        let facts = try await detail(order).order.facts
        #expect(facts.hold == Hold(reason: "wait \"here\"\n", at: Self.later(2), by: .staff("kim")))
        #expect(
            facts.staffNotes == [
                StaffNote(at: Self.later(1), by: .staff("kim"), text: "first"),
                StaffNote(at: Self.later(3), by: .staff("lee"), text: "second"),
            ])
        #expect(facts.addressChanged)
        try await apply(SampleOrders.said(.rejected(reason: "no"), of: order.number, second: 5), "w1")
        try await perform(.release(event: .draw(at: Self.later(6))), on: order, at: Self.later(6))
        let released = try await detail(order).order.facts
        #expect(released.hold == nil && !released.addressChanged && released.houseHasIt)
        #expect(released.answeredRejections.count == 1)
    }
}
