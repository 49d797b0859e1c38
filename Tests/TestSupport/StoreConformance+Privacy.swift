import Orders
import Testing

extension StoreConformance {
    static var privacyCases: [Case] {
        [
            Case("what is past its time is erased, and nothing else") { try await $0.dueIsErased() },
            Case("an erased order keeps its statistics and is found by its number only") {
                try await $0.erasedKeepsStatistics()
            },
            Case("an erased order's token and key open nothing") { try await $0.erasedIsClosed() },
            Case("after a year what was not sent is withdrawn and never sent") { try await $0.unsentIsWithdrawn() },
            Case("an order whose delivery is being tried is erased the next time") { try await $0.triedIsPostponed() },
            Case("an erased order is neither resent nor given new words") { try await $0.erasedStaysErased() },
            Case("erasing on request asks for an end first, and is done once") { try await $0.requestIsDoneOnce() },
            Case("kept messages are forgotten in their time") { try await $0.messagesAreForgotten() },
            Case("the report says what is due and what was done") { try await $0.reportIsTrue() },
        ]
    }

    private static let rule = RetentionRule(days: 90)

    /// Some seconds later, when the first deliveries are done.
    private static func day(_ day: Int) -> Timestamp { now.adding(days: day).adding(seconds: 10) }

    /// Delivered `day` days after the start.
    private func delivered(_ order: Order = SampleOrders.order(), on day: Int = 0) async throws -> Order {
        let order = try await placed(order)
        try await deliverAll(at: order.placedAt)
        try await arrive(order, on: day)
        return order
    }

    private func arrive(_ order: Order, _ status: PackageStatus = .delivered, on day: Int) async throws {
        let at = Self.day(day)
        let update = PackageUpdate(
            packageID: "P1", carrier: "usps", trackingNumber: "9400 77", trackingURL: "https://track.example/9400",
            status: status, items: SampleOrders.items(of: order), occurredAt: at, receivedAt: at,
            message: "left with a neighbor", location: "Chicago, IL")
        let told = ShippingUpdate(
            id: "u", type: "package.updated", orderNumber: order.number.description, sentAt: at,
            content: .package(update))
        let receipt = SampleOrders.receipt("\(order.number) \(status)", at: at)
        #expect(try await store.apply(told, received: receipt) == .applied)
    }

    private func isErased(_ order: Order) async throws -> Bool {
        try await detail(order).order.facts.erasedAt != nil
    }

    private func found(_ text: String) async throws -> [OrderNumber] {
        var query = OrderQuery()
        query.search = SearchTerm(text)
        return try await store.orders(query).summaries.map(\.number)
    }

    private func dueIsErased() async throws {
        let early = try await delivered(on: 0)
        let late = try await delivered(on: 1)
        let returned = try await delivered(on: 0)
        try await arrive(returned, .returned, on: 3)
        let cancelled = try await placed()
        try await perform(.cancel(reason: "x", event: .draw(at: Self.now)), on: cancelled, at: Self.now, by: .reader)
        let open = try await placed()
        try await deliverAll()

        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(90)).orders == 2)
        #expect(
            try await [early, late, returned, cancelled, open].asyncMap(isErased) == [true, false, false, true, false])
        // What comes back counts from then.
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(92)).orders == 1)
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(93)).orders == 1)
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(364)).orders == 0)
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(365)).orders == 1)
        #expect(try await isErased(open))
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(3650)).orders == 0)
    }

    private func erasedKeepsStatistics() async throws {
        let before = try await delivered(
            SampleOrders.order(
                to: SampleOrders.shipTo(name: "Zoraida Quill", phone: "217-555-0199"), email: "z@q.example"))
        let living = try await delivered(SampleOrders.order(to: SampleOrders.shipTo(name: "Zoraida Other")), on: 80)
        #expect(try await Set(found("zoraida")) == [before.number, living.number])
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(90)).orders == 1)
        let after = try await detail(before)
        #expect(after.order.lines == before.lines && after.order.status == .delivered)
        #expect(after.order.shipTo.region == "IL" && after.order.shipTo.postalCode == "627")
        #expect(after.order.email == nil && after.order.facts.packageUpdates.map(\.message) == [nil])
        #expect(after.history.last?.event == "order.erased" && after.history.last?.at == Self.day(90))
        #expect(after.history.dropLast().allSatisfy { $0.detail == nil })
        #expect(after.deliveries.map(\.state) == [.delivered])
        for text in ["zoraida", "z@q.example", "217-555-0199", "940077"] {
            #expect(try await !found(text).contains(before.number), "\(text)")
        }
        #expect(try await found("zoraida") == [living.number])
        #expect(try await found(before.number.description) == [before.number])
        let summary = try #require(try await store.orders(OrderQuery()).summaries.first { $0.number == before.number })
        #expect(summary.erasedAt == Self.day(90) && summary.recipient.isEmpty && summary.city.isEmpty)
        #expect(summary.copies == before.copies && summary.region == "IL")
    }

    private func erasedIsClosed() async throws {
        let key = IdempotencyKey(value: "key-1", digest: [1, 2, 3])
        let order = try await placed(key: key)
        try await deliverAll()
        try await arrive(order, on: 0)
        #expect(try await store.order(holding: order.statusToken) != nil)
        #expect(try await store.eraseDue(by: RetentionRule(days: 1), at: Self.day(2)).orders == 1)
        #expect(try await store.order(holding: order.statusToken) == nil)
        #expect(try await store.order(order.number)?.statusToken.matches(order.statusToken) == false)
        // The key holds, so that nothing is placed twice; what it stood for is not known any more.
        let again = SampleOrders.order(at: Self.day(3))
        let event = SampleOrders.announcement(of: again)
        guard case .keyReused = try await store.place(again, announcing: event, key: key) else {
            throw Unexpected("the key of an erased order placed another or was replayed")
        }
        guard case .keyReused? = try await store.placement(under: key) else { throw Unexpected("the key is gone") }
    }

    private func unsentIsWithdrawn() async throws {
        let pending = try await placed()
        let exhausted = try await placed(SampleOrders.order(at: Self.later(1)))
        _ = try await store.settle(
            try #require(
                try await claim(at: Self.later(1), limit: 2).claims.first { $0.orderNumber == exhausted.number }),
            as: .exhausted(requestSent: true), attempt: Self.attempt(500))
        let again = StoreConformance(store: try await reopened(), reopened: reopened)
        _ = try await again.store.recover(now: Self.later(9), stepsSeconds: [5])
        #expect(try await again.store.eraseDue(by: Self.rule, at: Self.day(366)).orders == 2)
        for order in [pending, exhausted] {
            let detail = try await again.detail(order)
            #expect(detail.deliveries.map(\.state) == [.withdrawn])
            #expect(detail.order.status == .cancelled && !detail.order.flags.contains(.deliveryExhausted))
            #expect(detail.history.last?.detail == "its time is over; deliveries withdrawn: 1")
        }
        #expect(try await again.claim(at: Self.day(400)).claims.isEmpty)
    }

    private func triedIsPostponed() async throws {
        let order = try await placed()
        let claim = try await onlyClaim()
        let round = try await store.eraseDue(by: Self.rule, at: Self.day(366))
        #expect(round.orders == 0 && round.postponed == 1)
        #expect(try await !isErased(order))
        #expect(try await store.settle(claim, as: .delivered, attempt: Self.attempt()) == .settled)
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(367)).orders == 1)
        #expect(try await isErased(order))
    }

    private func erasedStaysErased() async throws {
        let order = try await delivered()
        _ = try await store.eraseDue(by: Self.rule, at: Self.day(90))
        let delivery = try #require(try await detail(order).deliveries.first)
        guard case .erased(.delivered) = try await store.redeliver(delivery.id, by: .staff("kim"), at: Self.day(91))
        else {
            throw Unexpected("what was erased was sent again")
        }
        for action in [StaffAction.note("call Mrs. Roe"), .resend] {
            let outcome = try await store.perform(
                action, on: order.number, by: .staff("kim"), at: Self.day(91), ifMatch: nil)
            guard case .refused = outcome else { throw Unexpected("not refused: \(outcome)") }
        }
        try await arrive(order, .returned, on: 95)
        let after = try await detail(order)
        #expect(after.order.status == .returned && after.order.facts.packageUpdates.allSatisfy { $0.message == nil })
        #expect(try await found("940077").isEmpty)
        #expect(try await store.eraseDue(by: Self.rule, at: Self.day(400)).orders == 0)
    }

    private func requestIsDoneOnce() async throws {
        func erase(_ order: Order, force: Bool = false, ifMatch: [String]? = nil) async throws -> ActionOutcome {
            try await store.erase(
                order.number, force: force, by: .staff("kim"), at: Self.day(1), ifMatch: ifMatch)
        }
        let waiting = try await placed()
        guard case .refused = try await erase(waiting) else { throw Unexpected("an order that waits was erased") }
        let order = try await delivered()
        guard case .changedSince = try await erase(order, ifMatch: ["\"x\""]) else {
            throw Unexpected("no match asked")
        }
        guard case .done(let first) = try await erase(order), case .done(let second) = try await erase(order) else {
            throw Unexpected("not erased")
        }
        #expect(first == second && first.history.last?.actor == .staff("kim"))
        #expect(first.history.last?.detail == "on request")
        guard case .done(let forced) = try await erase(waiting, force: true) else { throw Unexpected("not forced") }
        // Its delivery was claimed and settled with the other's.
        #expect(forced.order.facts.erasedAt == Self.day(1) && forced.order.status == .submitted)
        let unknown = try await store.erase(
            OrderNumber(serial: 1), force: false, by: .staff("kim"), at: Self.now, ifMatch: nil)
        guard case .notFound = unknown else { throw Unexpected("erased what is not there") }
    }

    private func messagesAreForgotten() async throws {
        for (id, day) in [("unmatched", 0), ("dismissed", 0), ("young", 40)] {
            let update = SampleOrders.said(.rejected(reason: "T"), of: OrderNumber(serial: 7), second: 1)
            #expect(try await store.apply(update, received: SampleOrders.receipt(id, at: Self.day(day))) == .unmatched)
        }
        let kept = try await store.inboundUpdates(InboundUpdateQuery()).updates
        let dismissed = try #require(kept.first { $0.webhookID == "dismissed" })
        _ = try await store.dismiss(dismissed.id, by: .staff("kim"), at: Self.now)
        let rule = RetentionRule(days: 10)
        #expect(try await store.eraseDue(by: rule, at: Self.day(11)).messages == 1)
        #expect(try await store.eraseDue(by: rule, at: Self.day(31)).messages == 1)
        #expect(try await store.inboundUpdates(InboundUpdateQuery()).updates.map(\.webhookID) == ["young"])

        let order = try await delivered()
        let young = try #require(try await store.inboundUpdates(InboundUpdateQuery()).updates.first)
        let matched = try await store.match(young.id, to: order.number, by: .staff("kim"), at: Self.day(41)) { _ in
            SampleOrders.said(.rejected(reason: "T"), of: nil, second: 1)
        }
        guard case .done = matched else { throw Unexpected("not matched") }
        _ = try await store.erase(order.number, force: true, by: .staff("kim"), at: Self.day(42), ifMatch: nil)
        #expect(try await store.inboundUpdates(InboundUpdateQuery()).updates.isEmpty)
    }

    private func reportIsTrue() async throws {
        func report(_ day: Int) async throws -> RetentionReport {
            try await store.retention(by: Self.rule, at: Self.day(day))
        }
        #expect(
            try await report(0)
                == RetentionReport(
                    due: 0, overdue: 0, nextDueAt: nil, lastRoundAt: nil, lastErased: 0, lastScrubAt: nil,
                    hasRemains: false))
        _ = try await delivered(on: 5)
        let open = try await placed(SampleOrders.order(at: Self.later(9)))
        #expect(try await report(94).due == 0)
        #expect(try await report(94).nextDueAt == Self.day(95))
        #expect(try await report(95).due == 1)
        #expect(try await report(95).overdue == 0)
        #expect(try await report(98).overdue == 1)
        #expect(try await report(98).nextDueAt == nil)
        _ = try await store.eraseDue(by: Self.rule, at: Self.day(98))
        let erased = try await report(98)
        #expect(erased.due == 0 && erased.lastErased == 1 && erased.lastRoundAt == Self.day(98) && erased.hasRemains)
        #expect(erased.nextDueAt == open.placedAt.adding(days: 365))
        #expect(try await store.scrub(whole: false, at: Self.day(99)) == .nothingLeft)
        let clean = try await report(99)
        #expect(!clean.hasRemains && clean.lastScrubAt == Self.day(99))
    }
}

extension Sequence where Self: Sendable, Element: Sendable {
    /// In order, one after the other.
    fileprivate func asyncMap<Value>(_ value: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await value(element)) }
        return values
    }
}
