package import Orders
import Synchronization

/// A real outbox, seen through: remembers what was asked of it, and fails when a test says so.
package final class WatchedOutbox: Outbox {
    package enum Operation: Sendable { case recover, claim, settle, wake, shift, record, endpoints }

    package struct Settled: Sendable {
        package let claim: Claim
        package let outcome: DeliveryOutcome
        package let attempt: DeliveryAttempt
        package let settlement: Settlement
    }

    package let requests = Log<ClaimRequest>()
    package let claims = Log<Claim>()
    package let settled = Log<Settled>()
    package let wakes = Log<Timestamp>()
    package let shifts = Log<Int64>()
    package let recorded = Log<EndpointHealth>()
    package let refused = Log<Operation>()

    private let outbox: any Outbox
    private let failures = Mutex<[Operation: Int]>([:])

    package init(_ outbox: any Outbox) { self.outbox = outbox }

    /// The next so many calls throw.
    package func fail(_ operation: Operation, times: Int) { failures.withLock { $0[operation] = times } }

    private func check(_ operation: Operation) throws(StoreError) {
        let fails = failures.withLock { failures in
            let left = failures[operation] ?? 0
            failures[operation] = max(0, left - 1)
            return left > 0
        }
        guard fails else { return }
        refused.add(operation)
        throw .unavailable(reason: "the test says so")
    }

    package func recover(now: Timestamp, stepsSeconds: [Int]) async throws(StoreError) -> Int {
        try check(.recover)
        return try await outbox.recover(now: now, stepsSeconds: stepsSeconds)
    }

    package func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimBatch {
        try check(.claim)
        requests.add(request)
        let batch = try await outbox.claim(request)
        for claim in batch.claims { claims.add(claim) }
        return batch
    }

    package func settle(
        _ claim: Claim, as outcome: DeliveryOutcome, attempt: DeliveryAttempt
    ) async throws(StoreError) -> Settlement {
        try check(.settle)
        let settlement = try await outbox.settle(claim, as: outcome, attempt: attempt)
        settled.add(Settled(claim: claim, outcome: outcome, attempt: attempt, settlement: settlement))
        return settlement
    }

    package func wake(endpoint: String, now: Timestamp, batch: Int, spreadSeconds: Int) async throws(StoreError) {
        try check(.wake)
        try await outbox.wake(endpoint: endpoint, now: now, batch: batch, spreadSeconds: spreadSeconds)
        wakes.add(now)
    }

    package func shiftDueTimes(
        milliseconds: Int64, now: Timestamp, stepsSeconds: [Int]
    ) async throws(StoreError) {
        try check(.shift)
        try await outbox.shiftDueTimes(milliseconds: milliseconds, now: now, stepsSeconds: stepsSeconds)
        shifts.add(milliseconds)
    }

    package func record(_ health: EndpointHealth) async throws(StoreError) {
        try check(.record)
        try await outbox.record(health)
        recorded.add(health)
    }

    package func endpoints() async throws(StoreError) -> [Endpoint] {
        try check(.endpoints)
        return try await outbox.endpoints()
    }

    package func hints() -> AsyncStream<Void> { outbox.hints() }
}
