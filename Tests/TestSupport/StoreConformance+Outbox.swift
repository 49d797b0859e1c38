import Orders
import Testing

extension StoreConformance {
    static var outboxCases: [Case] {
        [
            Case("a delivery is claimed once, with its bytes") { try await $0.claimedOnce() },
            Case("nothing is claimed before it is due") { try await $0.notBeforeDue() },
            Case("a 2xx makes the order submitted") { try await $0.deliveredMakesSubmitted() },
            Case("a retry waits for its time and counts") { try await $0.retryWaitsAndCounts() },
            Case("a late settlement is stale and only logged") { try await $0.lateSettlementIsStale() },
            Case("what is in flight is not claimed again, however long it takes") { try await $0.inFlightStays() },
            Case("deliveries of one order go in order") { try await $0.inOrderPerOrder() },
            Case("an exhausted delivery flags its order and blocks what follows") { try await $0.exhaustedBlocks() },
            Case("a redelivery keeps id, bytes and log, and starts again") { try await $0.redeliveryStartsAgain() },
            Case("a probe ignores due times, counts nothing and goes round") { try await $0.probesGoRound() },
            Case("a paused endpoint keeps everything until it is resumed") { try await $0.pausedKeeps() },
            Case("an endpoint's health is remembered") { try await $0.healthIsRemembered() },
            Case("an endpoint's hold is remembered until staff resume it") { try await $0.holdIsRemembered() },
            Case("a new order hints, and so does a resume") { try await $0.hintsAreGiven() },
        ]
    }

    private func claimedOnce() async throws {
        let order = SampleOrders.order()
        let event = SampleOrders.announcement(of: order)
        _ = try await store.place(order, announcing: event, key: nil)
        let claim = try await onlyClaim()
        #expect(claim.id == event.id)
        #expect(claim.payload == event.payload)
        #expect(claim.orderNumber == order.number)
        #expect(claim.attempt == 1 && !claim.isProbe && claim.endpoint == "fulfillment")
        let second = try await self.claim()
        #expect(second.claims.isEmpty && second.nextDueAt == nil)
        #expect(try await detail(order).deliveries.map(\.state) == [.inFlight])
    }

    private func notBeforeDue() async throws {
        try await placed(SampleOrders.order(at: Self.later(60)))
        let early = try await claim()
        #expect(early.claims.isEmpty)
        #expect(early.nextDueAt == Self.later(60))
        #expect(try await claim(at: Self.later(60)).claims.count == 1)
        let none = try await store.claim(
            ClaimRequest(endpoint: "unknown", limit: 1, now: Self.later(60)))
        #expect(none.claims.isEmpty)
    }

    private func deliveredMakesSubmitted() async throws {
        let order = try await placed()
        let settlement = try await store.settle(
            onlyClaim(), as: .delivered, attempt: Self.attempt(202, at: 2))
        #expect(settlement == .settled)
        let detail = try await detail(order)
        #expect(detail.order.status == .submitted)
        #expect(detail.order.facts.houseHasIt && detail.order.facts.wasSent)
        #expect(detail.order.updatedAt == Self.later(3))
        #expect(detail.history.map(\.event) == ["order.placed", "order.submitted"])
        #expect(detail.history.last?.actor == .system)
        #expect(detail.history.last?.from == .placed && detail.history.last?.to == .submitted)
        #expect(detail.deliveries.first?.state == .delivered)
        #expect(detail.deliveries.first?.attempts == [Self.attempt(202, at: 2)])
        #expect(detail.deliveries.first?.nextAttemptAt == nil)
        #expect(try await claim(at: Self.later(9999)).claims.isEmpty)
    }

    private func retryWaitsAndCounts() async throws {
        let order = try await placed()
        let failed = Self.attempt(nil, error: "connect: \"refused\"")
        let claim = try await onlyClaim()
        _ = try await store.settle(claim, as: .retry(at: Self.later(30), requestSent: false), attempt: failed)
        #expect(try await detail(order).order.facts.wasSent == false)
        #expect(try await self.claim(at: Self.later(29)).nextDueAt == Self.later(30))
        let again = try await onlyClaim(at: Self.later(30))
        #expect(again.attempt == 2 && again.fence > claim.fence && again.payload == claim.payload)
        _ = try await store.settle(
            again, as: .retry(at: Self.later(90), requestSent: true), attempt: Self.attempt(500, error: "500", at: 30))
        let detail = try await detail(order)
        #expect(detail.order.facts.wasSent && !detail.order.facts.houseHasIt)
        #expect(detail.order.status == .placed)
        #expect(detail.deliveries.first?.attempts == [failed, Self.attempt(500, error: "500", at: 30)])
        #expect(detail.deliveries.first?.nextAttemptAt == Self.later(90))
    }

    private func lateSettlementIsStale() async throws {
        let order = try await placed()
        let first = try await onlyClaim()
        _ = try await store.settle(
            first, as: .retry(at: Self.later(5), requestSent: true), attempt: Self.attempt(503))
        let second = try await onlyClaim(at: Self.later(61))
        #expect(second.attempt == 2)
        let late = try await store.settle(first, as: .exhausted(requestSent: true), attempt: Self.attempt(503, at: 1))
        #expect(late == .stale)
        #expect(try await detail(order).deliveries.first?.state == .inFlight)
        #expect(
            try await detail(order).deliveries.first?.attempts == [Self.attempt(503), Self.attempt(503, at: 1)])
        #expect(try await store.settle(second, as: .delivered, attempt: Self.attempt(at: 61)) == .settled)
        #expect(try await store.settle(second, as: .delivered, attempt: Self.attempt(at: 62)) == .stale)
        #expect(try await detail(order).deliveries.first?.state == .delivered)
    }

    private func inFlightStays() async throws {
        let order = try await placed()
        let claim = try await onlyClaim()
        #expect(try await self.claim(at: Self.later(999_999)).claims.isEmpty)
        #expect(try await self.claim(at: Self.later(999_999), probe: true).claims.isEmpty)
        _ = try await store.recover(now: Self.later(999_999), stepsSeconds: Self.steps)
        #expect(try await detail(order).deliveries.map(\.state) == [.inFlight])
        #expect(try await store.settle(claim, as: .delivered, attempt: Self.attempt()) == .settled)
    }

    private func inOrderPerOrder() async throws {
        let order = try await placed()
        let other = try await placed()
        for claim in try await claim(limit: 1).claims {
            _ = try await store.settle(
                claim, as: .retry(at: Self.later(1000), requestSent: true), attempt: Self.attempt(500))
        }
        let waiting = try await store.deliveries(DeliveryQuery()).deliveries.first { $0.attempts.count == 1 }
        let blocked = waiting?.orderNumber == order.number ? order : other
        try await perform(.cancel(reason: nil, event: .draw(at: Self.later(5))), on: blocked)
        // The other order's goes; the cancellation waits for the announcement of its own order.
        let batch = try await claim(at: Self.later(10))
        #expect(batch.claims.map(\.orderNumber) == [blocked.number == order.number ? other.number : order.number])
        #expect(batch.nextDueAt == Self.later(1000))
        let first = try await claim(at: Self.later(1000)).claims
        #expect(first.filter { $0.orderNumber == blocked.number }.count == 1)
        let announced = try #require(first.first { $0.orderNumber == blocked.number })
        _ = try await store.settle(announced, as: .delivered, attempt: Self.attempt(at: 1000))
        let second = try await claim(at: Self.later(1001)).claims.filter { $0.orderNumber == blocked.number }
        #expect(second.count == 1 && second.first?.id != announced.id)
        #expect(try await detail(blocked).deliveries.last?.kind == .cancellationRequested)
    }

    private func exhaustedBlocks() async throws {
        let order = try await placed()
        let claim = try await onlyClaim()
        _ = try await store.settle(claim, as: .exhausted(requestSent: true), attempt: Self.attempt(500))
        #expect(try await detail(order).order.flags == [.deliveryExhausted])
        var query = OrderQuery()
        query.flag = .deliveryExhausted
        #expect(try await store.orders(query).summaries.map(\.number) == [order.number])
        try await perform(.cancel(reason: "late", event: .draw(at: Self.later(5))), on: order)
        let blocked = try await self.claim(at: Self.later(9999))
        #expect(blocked.claims.isEmpty && blocked.nextDueAt == nil)
        var exhausted = DeliveryQuery()
        exhausted.states = [.exhausted]
        #expect(try await store.deliveries(exhausted).deliveries.map(\.id) == [claim.id])
        // A 2xx on its redelivery takes the flag back and frees what waited.
        guard case .done = try await store.redeliver(claim.id, by: .staff("kim"), at: Self.later(10)) else {
            throw Unexpected("not redelivered")
        }
        #expect(try await detail(order).order.flags == [])
        #expect(try await store.orders(query).summaries.isEmpty)
        try await deliverAll(at: Self.later(10))
        #expect(try await detail(order).deliveries.map(\.state) == [.delivered, .delivered])
    }

    private func redeliveryStartsAgain() async throws {
        let order = try await placed()
        let claim = try await onlyClaim()
        guard case .inFlight = try await store.redeliver(claim.id, by: .staff("kim"), at: Self.later(1)) else {
            throw Unexpected("redelivered while in flight")
        }
        guard case .notFound = try await store.redeliver(EventID(value: 1), by: .staff("kim"), at: Self.later(1)) else {
            throw Unexpected("redelivered what is not there")
        }
        _ = try await store.settle(claim, as: .delivered, attempt: Self.attempt())
        let before = try await detail(order)
        guard case .done(let delivery) = try await store.redeliver(claim.id, by: .staff("kim"), at: Self.later(50))
        else {
            throw Unexpected("not redelivered")
        }
        #expect(delivery.state == .pending && delivery.nextAttemptAt == Self.later(50))
        #expect(delivery.attempts == [Self.attempt()])
        let again = try await onlyClaim(at: Self.later(50))
        #expect(again.id == claim.id && again.payload == claim.payload && again.attempt == 1)
        let after = try await detail(order)
        #expect(after.history.last?.event == "delivery.redelivered")
        #expect(after.history.last?.actor == .staff("kim"))
        #expect(after.entityTag != before.entityTag)
    }

    private func probesGoRound() async throws {
        for _ in 0..<3 { try await placed(SampleOrders.order(at: Self.later(500))) }
        var probed: [OrderNumber] = []
        for round in 0..<4 {
            let now = Self.later(Int64(round) * 30)
            let batch = try await claim(at: now, limit: 1, probe: true)
            let claim = try #require(batch.claims.first)
            #expect(batch.claims.count == 1 && claim.isProbe && claim.attempt == 0)
            probed.append(claim.orderNumber)
            _ = try await store.settle(
                claim, as: .retry(at: Self.later(500), requestSent: false), attempt: Self.attempt(nil, error: "connect")
            )
        }
        #expect(Set(probed.prefix(3)).count == 3)
        #expect(probed[3] == probed[0])
        #expect(try await claim(at: Self.later(500)).claims.map(\.attempt) == [1, 1, 1])
    }

    private func pausedKeeps() async throws {
        try await placed()
        #expect(try await store.setPaused(true, endpoint: "fulfillment", at: Self.now))
        let batch = try await claim()
        #expect(batch.isPaused && batch.claims.isEmpty)
        #expect(try await claim(probe: true).claims.isEmpty)
        #expect(try await store.endpoints().map(\.state) == [.paused])
        #expect(try await store.setPaused(false, endpoint: "fulfillment", at: Self.now))
        #expect(try await claim().claims.count == 1)
        #expect(try await store.setPaused(true, endpoint: "nowhere", at: Self.now) == false)
    }

    private func healthIsRemembered() async throws {
        try await placed()
        try await placed(SampleOrders.order(at: Self.later(100)))
        var health = EndpointHealth(name: "fulfillment", url: "https://house.example/hook")
        health.isDown = true
        health.failuresInARow = 5
        health.lastSuccessAt = Self.now
        try await store.record(health)
        let down = try #require(await store.endpoints().first)
        #expect(down.state == .down && down.failuresInARow == 5 && down.url == health.url)
        #expect(down.pending == 2 && down.oldestPendingAt == Self.now && down.lastSuccessAt == Self.now)
        health.pauses = true
        try await store.record(health)
        health.pauses = false
        health.isDown = false
        try await store.record(health)
        // Only staff end a pause.
        #expect(try await store.endpoints().first?.state == .paused)
    }

    private func holdIsRemembered() async throws {
        var health = EndpointHealth(name: "fulfillment", url: "https://house.example/hook")
        #expect(try await store.endpoints().map(\.holdUntil) == [nil])
        health.holdUntil = Self.later(600)
        try await store.record(health)
        _ = try await store.setPaused(true, endpoint: "fulfillment", at: Self.now)
        #expect(try await store.endpoints().map(\.holdUntil) == [Self.later(600)])
        _ = try await store.setPaused(false, endpoint: "fulfillment", at: Self.now)
        #expect(try await store.endpoints().map(\.holdUntil) == [nil])
        try await store.record(health)
        health.holdUntil = nil
        try await store.record(health)
        #expect(try await store.endpoints().map(\.holdUntil) == [nil])
    }

    private func hintsAreGiven() async throws {
        var hints = store.hints().makeAsyncIterator()
        try await placed()
        #expect(await hints.next() != nil)
        _ = try await store.setPaused(true, endpoint: "fulfillment", at: Self.now)
        _ = try await store.setPaused(false, endpoint: "fulfillment", at: Self.now)
        #expect(await hints.next() != nil)
    }
}
