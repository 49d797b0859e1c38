import Orders
import Testing

extension StoreConformance {
    static var dueTimeCases: [Case] {
        [
            Case("waking makes a batch due and spreads the rest") { try await $0.wakingSpreads() },
            Case("waking takes what is due already, oldest first") { try await $0.wakingTakesWhatIsDue() },
            Case("due times move with the wall clock") { try await $0.dueTimesShift() },
            Case("what was written after a jump stays within its step") { try await $0.shiftsStayWithinTheStep() },
            Case("an order's deliveries go as they were made, whatever the clock did") {
                try await $0.clockSetBackKeepsTheSequence()
            },
            Case("failed probes in a row leave two rows in the log") { try await $0.probesLeaveTwoRows() },
        ]
    }

    /// The waits after the attempts, in seconds.
    static let steps = [5, 30, 7200, 64_800]

    /// When each delivery is due, oldest first.
    private func dues() async throws -> [Timestamp?] {
        try await store.deliveries(DeliveryQuery()).deliveries.reversed().map(\.nextAttemptAt)
    }

    private func wakingSpreads() async throws {
        for _ in 0..<30 { try await placed(SampleOrders.order(at: Self.later(7200))) }
        try await store.wake(endpoint: "fulfillment", now: Self.now, batch: 10, spreadSeconds: 60)
        let dues = try await store.deliveries(DeliveryQuery()).deliveries.compactMap(\.nextAttemptAt).sorted()
        #expect(dues.prefix(10).allSatisfy { $0 == Self.now })
        let rest = Array(dues.dropFirst(10))
        #expect(rest.count == 20)
        #expect(rest.first.map { $0 > Self.now && $0 <= Self.later(4) } == true)
        #expect(rest.last == Self.later(60))
        #expect(Set(rest).count == 20)
        #expect(try await claim(limit: 100).claims.count == 10)
    }

    private func wakingTakesWhatIsDue() async throws {
        for second in 0..<20 { try await placed(SampleOrders.order(at: Self.later(Int64(second)))) }
        // The oldest has waited so long that its next attempt is far off.
        _ = try await store.settle(
            onlyClaim(), as: .retry(at: Self.later(9000), requestSent: false), attempt: Self.attempt(500))
        try await store.wake(endpoint: "fulfillment", now: Self.later(100), batch: 5, spreadSeconds: 60)
        let slots = (1...15).map { Self.later(100 + 4 * Int64($0)) }
        #expect(try await dues() == Array(repeating: Self.later(100), count: 5) + slots)
    }

    private func dueTimesShift() async throws {
        try await placed()
        _ = try await store.settle(
            onlyClaim(), as: .retry(at: Self.later(60), requestSent: true), attempt: Self.attempt(500))
        try await store.shiftDueTimes(milliseconds: -3_600_000, now: Self.later(-3600), stepsSeconds: [60])
        #expect(try await claim(at: Self.later(-3600)).nextDueAt == Self.later(-3540))
        try await store.shiftDueTimes(milliseconds: 3_600_000, now: Self.now, stepsSeconds: [60])
        #expect(try await claim().nextDueAt == Self.later(60))
    }

    private func shiftsStayWithinTheStep() async throws {
        let jump: Int64 = 86_400
        let before = try await placed()
        let after = try await placed()
        for claim in try await claim().claims {
            let at = claim.orderNumber == before.number ? Self.later(5) : Self.later(jump + 5)
            _ = try await store.settle(claim, as: .retry(at: at, requestSent: true), attempt: Self.attempt(500))
        }
        let untried = try await placed(SampleOrders.order(at: Self.later(jump)))
        try await store.shiftDueTimes(
            milliseconds: jump * 1000, now: Self.later(jump), stepsSeconds: Self.steps)
        #expect(try await detail(before).deliveries.first?.nextAttemptAt == Self.later(jump + 5))
        #expect(try await detail(after).deliveries.first?.nextAttemptAt == Self.later(jump + 6))
        #expect(try await detail(untried).deliveries.first?.nextAttemptAt == Self.later(jump))
    }

    private func clockSetBackKeepsTheSequence() async throws {
        let order = try await placed()
        _ = try await store.settle(
            onlyClaim(), as: .retry(at: Self.later(5), requestSent: true), attempt: Self.attempt(500))
        let back = Self.later(-86_400)
        try await perform(.cancel(reason: nil, event: .draw(at: back)), on: order, at: back)
        let deliveries = try await detail(order).deliveries
        #expect(deliveries.map(\.kind) == [.orderPlaced, .cancellationRequested])
        let first = try await onlyClaim(at: Self.later(5))
        #expect(first.id == deliveries.first?.id)
        _ = try await store.settle(first, as: .delivered, attempt: Self.attempt(at: 5))
        #expect(try await onlyClaim(at: Self.later(6)).id == deliveries.last?.id)
    }

    private func probesLeaveTwoRows() async throws {
        let order = try await placed()
        let first = Self.attempt(500)
        _ = try await store.settle(onlyClaim(), as: .retry(at: Self.later(5), requestSent: true), attempt: first)
        var probes: [DeliveryAttempt] = []
        for second in 1...6 as ClosedRange<Int64> {
            let now = Self.later(second * 30)
            let claim = try #require(await claim(at: now, probe: true).claims.first)
            probes.append(Self.attempt(second == 6 ? nil : 503, error: second == 1 ? nil : "down", at: second * 30))
            _ = try await store.settle(
                claim, as: .retry(at: Self.later(5), requestSent: second < 6), attempt: probes[probes.count - 1])
        }
        #expect(try await detail(order).deliveries.first?.attempts == [first, probes[0], probes[5]])
        // Another attempt ends the run.
        let last = Self.attempt(at: 200)
        _ = try await store.settle(onlyClaim(at: Self.later(200)), as: .delivered, attempt: last)
        #expect(try await detail(order).deliveries.first?.attempts == [first, probes[0], probes[5], last])
    }
}
