/// What the relay needs of a store: deliveries to try, and a place to say how it went.
///
/// Every method is one transaction. None is undone by the cancellation of the calling task.
package protocol Outbox: Sendable {
    /// Takes back what an earlier process left in flight: pending again and due since its event, so ahead of what came
    /// after it, with an attempt recorded as `interrupted` (its request may have been sent). Due times further off than
    /// their delivery's step allows are pulled in. Call once, before the first claim.
    /// - Parameter stepsSeconds: the wait after the first attempt, after the second, and so on, without jitter, which
    ///   may add a fifth.
    /// - Returns: how many deliveries were in flight.
    func recover(now: Timestamp, stepsSeconds: [Int]) async throws(StoreError) -> Int

    /// Takes up to `limit` deliveries: pending, due, first in their order's sequence, on an endpoint that is not
    /// paused. Each becomes `in_flight` with its attempt counted (not when `isProbe`) and a fencing token of its own,
    /// and stays so until it is settled: one process claims, so no other may have it meanwhile, and what a process
    /// takes to its grave comes back with the next one's `recover`.
    func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimBatch

    /// Records how one attempt ended, if the claim's token still holds: otherwise `.stale`, and only the attempt's
    /// row is kept. A 2xx makes the order `submitted`, whatever its state was before, by its facts.
    func settle(_ claim: Claim, as outcome: DeliveryOutcome, attempt: DeliveryAttempt) async throws(StoreError)
        -> Settlement

    /// After the first success of an endpoint that was down: of all deliveries that wait, due or not, the oldest `batch`
    /// become due at once, and the others spread evenly over the next `spreadSeconds`, in their order. Do not claim
    /// while it runs: what was placed during the outage is due already.
    func wake(endpoint: String, now: Timestamp, batch: Int, spreadSeconds: Int) async throws(StoreError)

    /// Moves every due time by as much as the wall clock jumped, but none further off than its delivery's step allows:
    /// some were written after the jump.
    /// - Parameters:
    ///   - now: by the clock as it goes since.
    ///   - stepsSeconds: as for `recover`.
    func shiftDueTimes(milliseconds: Int64, now: Timestamp, stepsSeconds: [Int]) async throws(StoreError)

    /// Remembers what the relay knows of an endpoint's health, so that staff see it and a restart goes on from it.
    func record(_ health: EndpointHealth) async throws(StoreError)

    /// Every endpoint known, with its queue.
    func endpoints() async throws(StoreError) -> [Endpoint]

    /// Yields when something may have become due: after a commit that adds or frees a delivery, or resumes an
    /// endpoint. May be lost or repeated: polling is the truth.
    func hints() -> AsyncStream<Void>
}

package struct ClaimRequest: Sendable {
    package let endpoint: String
    package let limit: Int
    package let now: Timestamp
    /// A probe ignores due times, takes the order that was probed longest ago, and counts no attempt.
    package let isProbe: Bool

    package init(endpoint: String, limit: Int, now: Timestamp, isProbe: Bool = false) {
        self.endpoint = endpoint
        self.limit = limit
        self.now = now
        self.isProbe = isProbe
    }
}

/// Deliveries taken, and when to look again.
package struct ClaimBatch: Sendable {
    package let claims: [Claim]
    /// The earliest due time of what is still waiting and not blocked; nil when nothing waits.
    package let nextDueAt: Timestamp?
    /// Staff or a 410 paused the endpoint: nothing is taken.
    package let isPaused: Bool

    package init(claims: [Claim], nextDueAt: Timestamp?, isPaused: Bool) {
        self.claims = claims
        self.nextDueAt = nextDueAt
        self.isPaused = isPaused
    }
}

/// The right to try one delivery once.
package struct Claim: Sendable, Hashable {
    package let id: EventID
    package let endpoint: String
    package let orderNumber: OrderNumber
    package let payload: [UInt8]
    /// 1 for the first attempt; a probe repeats the number of the attempts made so far (0 when there were none).
    package let attempt: Int
    package let isProbe: Bool
    /// Fencing token: only the latest holder may settle.
    package let fence: Int64
    /// What caused the event; nil for what was announced before that was kept.
    package let trace: TraceContext?

    package init(
        id: EventID, endpoint: String, orderNumber: OrderNumber, payload: [UInt8], attempt: Int, isProbe: Bool,
        fence: Int64, trace: TraceContext? = nil
    ) {
        self.id = id
        self.endpoint = endpoint
        self.orderNumber = orderNumber
        self.payload = payload
        self.attempt = attempt
        self.isProbe = isProbe
        self.fence = fence
        self.trace = trace
    }
}

/// What becomes of a delivery after an attempt.
package enum DeliveryOutcome: Sendable, Hashable {
    case delivered
    /// - Parameter requestSent: the request left, or may have: the order can no longer be stopped here alone.
    case retry(at: Timestamp, requestSent: Bool)
    /// The last attempt of the schedule failed.
    case exhausted(requestSent: Bool)
}

package enum Settlement: Sendable, Hashable {
    case settled
    /// Another claim, an acknowledgement or a redelivery came first.
    case stale
}

package enum EndpointState: String, Sendable {
    case active, down, paused
}

/// What the relay knows of an endpoint, kept beside the deliveries.
package struct EndpointHealth: Sendable, Hashable {
    package var name: String
    package var url: String
    package var isDown = false
    /// Set by a 410; staff resume it.
    package var pauses = false
    package var lastSuccessAt: Timestamp?
    package var failuresInARow = 0
    /// The endpoint asked to be left alone until then; nil when it did not, or when the time is over.
    package var holdUntil: Timestamp?

    package init(name: String, url: String) {
        self.name = name
        self.url = url
    }
}

/// One row of `GET /v1/staff/endpoints`.
package struct Endpoint: Sendable, Hashable {
    package let name: String
    package let url: String
    package let state: EndpointState
    package let lastSuccessAt: Timestamp?
    package let failuresInARow: Int
    /// Deliveries pending or in flight.
    package let pending: Int
    package let oldestPendingAt: Timestamp?
    /// The endpoint asked to be left alone until then; nil when it did not, or when staff resumed it.
    package let holdUntil: Timestamp?

    package init(
        name: String, url: String, state: EndpointState, lastSuccessAt: Timestamp?, failuresInARow: Int, pending: Int,
        oldestPendingAt: Timestamp?, holdUntil: Timestamp? = nil
    ) {
        self.name = name
        self.url = url
        self.state = state
        self.lastSuccessAt = lastSuccessAt
        self.failuresInARow = failuresInARow
        self.pending = pending
        self.oldestPendingAt = oldestPendingAt
        self.holdUntil = holdUntil
    }
}
