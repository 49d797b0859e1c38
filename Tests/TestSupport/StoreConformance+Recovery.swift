import Orders
import Testing

extension StoreConformance {
    static var recoveryCases: [Case] {
        [
            Case("what was in flight at a crash is due again, logged and counts as sent") {
                try await $0.inFlightIsTakenBack()
            },
            Case("what was in flight goes before what waited behind it") { try await $0.inFlightGoesFirst() },
            Case("a claim of an earlier process cannot settle") { try await $0.earlierClaimIsStale() },
            Case("due times beyond a delivery's step are pulled in") { try await $0.dueTimesArePulledIn() },
            Case("everything is there after a crash") { try await $0.everythingIsThere() },
        ]
    }

    private func inFlightIsTakenBack() async throws {
        let order = try await placed()
        let waiting = try await placed(SampleOrders.order(at: Self.later(300)))
        _ = try await onlyClaim()
        let again = StoreConformance(store: try await reopened(), reopened: reopened)
        #expect(try await again.store.recover(now: Self.later(20), stepsSeconds: Self.steps) == 1)
        let detail = try await again.detail(order)
        #expect(detail.order.facts.wasSent && detail.order.status == .placed)
        let delivery = try #require(detail.deliveries.first)
        #expect(delivery.state == .pending && delivery.nextAttemptAt == Self.now)
        #expect(
            delivery.attempts == [
                DeliveryAttempt(startedAt: Self.now, endedAt: Self.later(20), status: nil, error: "interrupted")
            ])
        #expect(try await again.detail(waiting).deliveries.first?.attempts == [])
        let claims = try await again.claim(at: Self.later(20)).claims
        #expect(claims.first { $0.orderNumber == order.number }?.attempt == 2)
        #expect(try await again.store.recover(now: Self.later(21), stepsSeconds: Self.steps) == 0)
    }

    private func inFlightGoesFirst() async throws {
        let order = try await placed()
        _ = try await onlyClaim()
        let waiting = try await placed(SampleOrders.order(at: Self.later(5)))
        let again = StoreConformance(store: try await reopened(), reopened: reopened)
        _ = try await again.store.recover(now: Self.later(20), stepsSeconds: Self.steps)
        let claims = try await again.claim(at: Self.later(20)).claims
        #expect(claims.map(\.orderNumber) == [order.number, waiting.number])
    }

    private func earlierClaimIsStale() async throws {
        try await placed()
        let old = try await onlyClaim()
        let again = StoreConformance(store: try await reopened(), reopened: reopened)
        _ = try await again.store.recover(now: Self.later(20), stepsSeconds: Self.steps)
        let new = try await again.onlyClaim(at: Self.later(20))
        #expect(new.fence > old.fence)
        #expect(try await again.store.settle(old, as: .delivered, attempt: Self.attempt()) == .stale)
        #expect(try await again.store.settle(new, as: .delivered, attempt: Self.attempt(at: 20)) == .settled)
    }

    private func dueTimesArePulledIn() async throws {
        try await placed()
        _ = try await store.settle(
            onlyClaim(), as: .retry(at: Self.later(900_000), requestSent: true), attempt: Self.attempt(500))
        let untried = try await placed(SampleOrders.order(at: Self.later(400)))
        _ = try await store.recover(now: Self.later(10), stepsSeconds: [100, 700])
        #expect(try await detail(untried).deliveries.first?.nextAttemptAt == Self.later(10))
        try await deliverAll(at: Self.later(10))
        // After one attempt: its step and all its jitter.
        #expect(try await claim(at: Self.later(11)).nextDueAt == Self.later(130))
    }

    private func everythingIsThere() async throws {
        let title = SampleOrders.title("A")
        _ = try await store.put([title])
        let order = try await placed(key: IdempotencyKey(value: "k", digest: [1]))
        try await apply(SampleOrders.tracked(order.number, .inTransit, second: 5), "w1")
        try await perform(.note("call back"), on: order)
        let before = try await detail(order)
        let again = try await reopened()
        #expect(try await again.detail(order.number) == before)
        #expect(again.catalog.titles == [title])
        guard case .replayed? = try await again.placement(under: IdempotencyKey(value: "k", digest: [1])) else {
            throw Unexpected("the key was forgotten")
        }
        let repeated = try await again.apply(
            SampleOrders.tracked(order.number, .inTransit, second: 5), received: SampleOrders.receipt("w1"))
        #expect(repeated == .duplicate)
    }
}
