import Orders
import Testing

extension StoreConformance {
    static var inboundCases: [Case] {
        [
            Case("a parcel's updates in any order make one order") { try await $0.parcelMakesOneOrder() },
            Case("a message is applied once") { try await $0.appliedOnce() },
            Case("an acknowledgement settles a delivery that was tried") { try await $0.acknowledgementSettles() },
            Case("an acknowledgement leaves an untried delivery alone") { try await $0.untriedStays() },
            Case("a late acknowledgement leaves the announcement alone that replaced its own") {
                try await $0.lateAcknowledgementSettlesNoReplacement()
            },
            Case("an acknowledgement leaves a resend alone that was not tried") { try await $0.untriedResendStays() },
            Case("a message about an unknown order is kept for staff") { try await $0.unknownOrderIsKept() },
            Case("a message of an unknown type is kept and ignored") { try await $0.unknownTypeIsIgnored() },
            Case("a parcel without an order number is matched by its tracking number") {
                try await $0.matchedByTracking()
            },
            Case("an ambiguous tracking number matches nothing") { try await $0.ambiguousMatchesNothing() },
            Case("staff match a kept message once") { try await $0.staffMatchOnce() },
            Case("staff dismiss a kept message once") { try await $0.staffDismissOnce() },
            Case("every kind of message comes back as it was said") { try await $0.messagesComeBack() },
        ]
    }

    private func parcelMakesOneOrder() async throws {
        let order = try await placed()
        try await deliverAll()
        let items = SampleOrders.items(of: order)
        let updates: [(PackageStatus, Int64)] = [
            (.delivered, 400), (.preTransit, 100), (.outForDelivery, 300), (.inTransit, 200),
        ]
        for (index, (status, second)) in updates.enumerated() {
            let update = SampleOrders.tracked(order.number, status, second: second, items: items)
            #expect(try await apply(update, "w\(index)") == .applied)
            // The same update under another id changes nothing.
            guard case .ignored = try await apply(update, "again\(index)") else {
                throw Unexpected("a repeated update was applied")
            }
        }
        let detail = try await detail(order)
        #expect(detail.order.status == .delivered)
        #expect(detail.order.parcels.map(\.updates.count) == [4])
        #expect(detail.order.parcels.first?.updates.last?.location == "Chicago, IL")
        #expect(detail.order.facts.packageUpdates.first?.items == items)
        var query = OrderQuery()
        query.statuses = [.delivered]
        #expect(try await store.orders(query).summaries.map(\.number) == [order.number])
    }

    private func appliedOnce() async throws {
        let order = try await placed()
        let update = SampleOrders.said(.acknowledged(houseReference: "H1"), of: order.number, second: 1)
        #expect(try await apply(update, "w1") == .applied)
        let before = try await detail(order)
        #expect(try await apply(update, "w1") == .duplicate)
        let other = SampleOrders.receipt("w1", digest: [9])
        #expect(try await store.apply(update, received: other) == .idReused)
        #expect(try await detail(order) == before)
        #expect(before.order.houseReference == "H1" && before.order.status == .submitted)
    }

    private func acknowledgementSettles() async throws {
        let order = try await placed()
        let claim = try await onlyClaim()
        let acknowledged = SampleOrders.said(.acknowledged(houseReference: nil), of: order.number, second: 1)
        #expect(try await apply(acknowledged, "w1") == .applied)
        #expect(try await detail(order).deliveries.map(\.state) == [.delivered])
        // The attempt that was under way meanwhile has nothing to decide any more.
        let late = try await store.settle(
            claim, as: .retry(at: Self.later(30), requestSent: true), attempt: Self.attempt(nil, error: "timeout"))
        #expect(late == .stale)
        #expect(try await detail(order).deliveries.first?.state == .delivered)
        #expect(try await detail(order).deliveries.first?.attempts.count == 1)

        let second = try await placed()
        _ = try await store.settle(onlyClaim(), as: .exhausted(requestSent: true), attempt: Self.attempt(500))
        try await apply(SampleOrders.said(.acknowledged(houseReference: nil), of: second.number, second: 2), "w2")
        #expect(try await detail(second).deliveries.map(\.state) == [.delivered])
        #expect(try await detail(second).order.flags.contains(.deliveryExhausted) == false)
    }

    private func untriedStays() async throws {
        let order = try await placed()
        try await apply(SampleOrders.said(.acknowledged(houseReference: nil), of: order.number, second: 1), "w1")
        #expect(try await detail(order).order.status == .submitted)
        #expect(try await detail(order).deliveries.map(\.state) == [.pending])
    }

    private func lateAcknowledgementSettlesNoReplacement() async throws {
        // Said before the rejection, though within the clocks' skew of the new attempt; or long before that attempt.
        for (release, late) in [(30, 5), (1000, 11)] as [(Int64, Int64)] {
            let order = try await placed()
            try await deliverAll()
            let rejection = HouseMessage.Content.rejected(reason: "no such street")
            try await apply(SampleOrders.said(rejection, of: order.number, second: 10), "rejected \(release)")
            let corrected = StaffAction.correctAddress(SampleOrders.shipTo(line1: "2 Main St"))
            try await perform(corrected, on: order, at: Self.later(20))
            try await perform(.release(event: .draw(at: Self.later(release))), on: order, at: Self.later(release))
            _ = try await store.settle(
                onlyClaim(at: Self.later(release)), as: .retry(at: Self.later(release + 5), requestSent: true),
                attempt: Self.attempt(503, at: release))
            func acknowledged(_ second: Int64) async throws -> [DeliveryState] {
                let id = "acknowledged \(release) \(second)"
                let update = SampleOrders.said(.acknowledged(houseReference: id), of: order.number, second: second)
                let receipt = SampleOrders.receipt(id, at: Self.later(release + 10))
                _ = try await store.apply(update, received: receipt)
                return try await detail(order).deliveries.map(\.state)
            }
            #expect(try await acknowledged(late) == [.delivered, .pending], "\(release)")
            #expect(try await acknowledged(release + 5) == [.delivered, .delivered], "\(release)")
        }
    }

    private func untriedResendStays() async throws {
        let order = try await placed()
        let claim = try await onlyClaim()
        _ = try await store.settle(claim, as: .exhausted(requestSent: true), attempt: Self.attempt(500))
        _ = try await store.redeliver(claim.id, by: .staff("kim"), at: Self.later(10))
        let update = SampleOrders.said(.acknowledged(houseReference: nil), of: order.number, second: 20)
        try await apply(update, "w1")
        #expect(try await detail(order).deliveries.map(\.state) == [.pending])
        // Once the resend was tried, it counts.
        let probe = try #require(await self.claim(at: Self.later(30), probe: true).claims.first)
        _ = try await store.settle(
            probe, as: .retry(at: Self.later(60), requestSent: true), attempt: Self.attempt(500, at: 30))
        try await apply(update, "w2")
        #expect(try await detail(order).deliveries.map(\.state) == [.delivered])
    }

    private func unknownOrderIsKept() async throws {
        let unknown = SampleOrders.said(.rejected(reason: "no such book"), of: OrderNumber(serial: 7), second: 1)
        #expect(try await apply(unknown, "w1") == .unmatched)
        #expect(try await apply(unknown, "w1") == .duplicate)
        let strange = ShippingUpdate(
            id: "w2", type: "order.rejected", orderNumber: "PO-77", sentAt: Self.now, content: unknown.content)
        #expect(try await apply(strange, "w2") == .unmatched)
        var query = InboundUpdateQuery()
        query.matched = false
        let page = try await store.inboundUpdates(query)
        #expect(page.updates.map(\.webhookID) == ["w2", "w1"])
        #expect(page.updates.map(\.orderNumber) == ["PO-77", unknown.orderNumber])
        #expect(page.count.value == 2)
        query.limit = 1
        let first = try await store.inboundUpdates(query)
        #expect(first.updates.count == 1 && first.next != nil)
        query.before = first.next
        let last = try await store.inboundUpdates(query)
        #expect(last.updates.map(\.webhookID) == ["w1"] && last.next == nil)
    }

    private func unknownTypeIsIgnored() async throws {
        let order = try await placed()
        let update = ShippingUpdate(
            id: "w1", type: "order.sneezed", orderNumber: order.number.description, sentAt: Self.now,
            content: .unknown(reason: "unknown type"))
        #expect(try await apply(update, "w1") == .ignored(reason: "unknown type"))
        #expect(try await store.order(order.number) == order)
        var waiting = InboundUpdateQuery()
        waiting.matched = false
        #expect(try await store.inboundUpdates(waiting).updates.isEmpty)
        let kept = try await store.inboundUpdates(InboundUpdateQuery()).updates
        #expect(kept.map(\.state) == [.ignored] && kept.map(\.reason) == ["unknown type"])
    }

    private func matchedByTracking() async throws {
        let order = try await placed()
        try await placed()
        try await apply(SampleOrders.tracked(order.number, .preTransit, second: 1), "w1")
        let later = SampleOrders.tracked(nil, .inTransit, second: 2, tracking: "9400 1000-0000 02")
        #expect(try await apply(later, "w2") == .unmatched)
        let same = SampleOrders.tracked(nil, .inTransit, second: 2, carrier: "USPS", tracking: "9400-10000000-01")
        #expect(try await apply(same, "w3") == .applied)
        #expect(try await detail(order).order.facts.packageUpdates.count == 2)
        let otherCarrier = SampleOrders.tracked(nil, .delivered, second: 3, carrier: "ups")
        #expect(try await apply(otherCarrier, "w4") == .unmatched)
        let noNumber = SampleOrders.tracked(nil, .delivered, second: 3, tracking: nil)
        #expect(try await apply(noNumber, "w5") == .unmatched)
    }

    private func ambiguousMatchesNothing() async throws {
        let first = try await placed()
        let second = try await placed()
        try await apply(SampleOrders.tracked(first.number, .preTransit, second: 1, package: "P1"), "w1")
        try await apply(SampleOrders.tracked(second.number, .preTransit, second: 1, package: "P2"), "w2")
        #expect(try await apply(SampleOrders.tracked(nil, .inTransit, second: 2, package: "P9"), "w3") == .unmatched)
        // The parcel's own id tells them apart.
        #expect(try await apply(SampleOrders.tracked(nil, .inTransit, second: 2, package: "P2"), "w4") == .applied)
        #expect(try await detail(second).order.facts.packageUpdates.count == 2)
        // So does the carrier, when the other order's parcel has none.
        let third = try await placed()
        let fourth = try await placed()
        let bare = SampleOrders.tracked(third.number, .preTransit, second: 3, carrier: nil, tracking: "1Z9")
        try await apply(bare, "w5")
        try await apply(
            SampleOrders.tracked(fourth.number, .preTransit, second: 3, carrier: "ups", tracking: "1Z9"), "w6")
        let fitting = SampleOrders.tracked(nil, .inTransit, second: 4, package: "X", carrier: "UPS", tracking: "1z9")
        #expect(try await apply(fitting, "w7") == .applied)
        #expect(try await detail(fourth).order.facts.packageUpdates.count == 2)
    }

    private func staffMatchOnce() async throws {
        let order = try await placed()
        let update = SampleOrders.tracked(OrderNumber(serial: 7), .inTransit, second: 1)
        try await apply(update, "w1")
        let kept = try #require(await store.inboundUpdates(InboundUpdateQuery()).updates.first)
        func match(_ id: Int64, to number: OrderNumber, as read: ShippingUpdate?) async throws -> MatchOutcome {
            try await store.match(id, to: number, by: .staff("kim"), at: Self.later(60)) { _ in read }
        }
        guard case .notFound = try await match(999, to: order.number, as: update),
            case .orderNotFound = try await match(kept.id, to: OrderNumber(serial: 8), as: update),
            case .notUnderstood = try await match(kept.id, to: order.number, as: nil),
            case .done(let matched) = try await match(kept.id, to: order.number, as: update),
            case .settledAlready = try await match(kept.id, to: order.number, as: update)
        else { throw Unexpected("a match went another way") }
        #expect(matched.state == .matched && matched.id == kept.id)
        let detail = try await detail(order)
        #expect(detail.order.facts.packageUpdates.count == 1)
        #expect(detail.history.contains { $0.actor == .staff("kim") && $0.event == "update.matched" })
        var query = InboundUpdateQuery()
        query.matched = true
        #expect(try await store.inboundUpdates(query).updates.map(\.id) == [kept.id])
        query.matched = false
        #expect(try await store.inboundUpdates(query).updates.isEmpty)
    }

    private func staffDismissOnce() async throws {
        try await apply(SampleOrders.tracked(OrderNumber(serial: 7), .inTransit, second: 1), "w1")
        let kept = try #require(await store.inboundUpdates(InboundUpdateQuery()).updates.first)
        guard case .done(let dismissed) = try await store.dismiss(kept.id, by: .staff("kim"), at: Self.now),
            case .settledAlready = try await store.dismiss(kept.id, by: .staff("kim"), at: Self.now),
            case .notFound = try await store.dismiss(999, by: .staff("kim"), at: Self.now)
        else { throw Unexpected("a dismissal went another way") }
        #expect(dismissed.state == .dismissed)
    }

    private func messagesComeBack() async throws {
        let order = try await placed()
        let items = [ItemCount(sku: "A", quantity: 2)]
        let contents: [HouseMessage.Content] = [
            .acknowledged(houseReference: "H-1"), .backordered(items: items, expectedAt: "next week"),
            .cancellationRefused(reason: nil, items: nil), .rejected(reason: "bad \"address\""),
            .cancelled(reason: "sold out", items: items), .cancelled(reason: nil, items: nil),
            .backordered(items: [], expectedAt: nil), .acknowledged(houseReference: nil),
        ]
        for (index, content) in contents.enumerated() {
            try await apply(SampleOrders.said(content, of: order.number, second: Int64(index)), "w\(index)")
        }
        let read = try await detail(order).order
        #expect(read.facts.messages.map(\.content) == contents)
        #expect(read.facts.messages.map(\.sentAt) == contents.indices.map { Self.later(Int64($0)) })
    }
}
