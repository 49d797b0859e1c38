import GRDB
package import Orders

extension OrderDatabase {
    package func recover(now: Timestamp, longestStepSeconds: Int) async throws(StoreError) -> Int {
        try await queue { try $0.recover(now: now, longestStepSeconds: longestStepSeconds) }
    }

    package func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimBatch {
        try await queue { try $0.claim(request) }
    }

    package func settle(
        _ claim: Claim, as outcome: DeliveryOutcome, attempt: DeliveryAttempt
    ) async throws(StoreError) -> Settlement {
        let (settlement, frees) = try await queue { try $0.settle(claim, as: outcome, attempt: attempt) }
        if frees { hintBoard.post() }
        return settlement
    }

    /// How many due times one commit moves: the rest of the queue must not keep other callers waiting.
    private static let wakesPerCommit = 1000

    package func wake(endpoint: String, now: Timestamp, batch: Int, spreadSeconds: Int) async throws(StoreError) {
        let end = now.adding(seconds: Int64(spreadSeconds))
        let rest = try await queue { queue in
            try queue.wakeFirst(batch, endpoint: endpoint, now: now)
            return try queue.count(endpoint: endpoint, dueAfter: end)
        }
        hintBoard.post()
        var woken = 0
        while woken < rest {
            let slots = (woken..<min(woken + Self.wakesPerCommit, rest)).map { index in
                now.adding(milliseconds: Int64(spreadSeconds) * 1000 * Int64(index + 1) / Int64(rest))
            }
            try await queue { try $0.spread(over: slots, endpoint: endpoint, dueAfter: end) }
            woken += slots.count
        }
    }

    package func shiftDueTimes(milliseconds: Int64) async throws(StoreError) {
        try await queue { try $0.shiftDueTimes(milliseconds: milliseconds) }
        hintBoard.post()
    }

    package func record(_ health: EndpointHealth) async throws(StoreError) {
        try await write { try EndpointTable(db: $0).record(health) }
    }

    package func setPaused(
        _ paused: Bool, endpoint: String, at now: Timestamp
    ) async throws(StoreError) -> Bool {
        let isKnown = try await write { try EndpointTable(db: $0).setPaused(paused, endpoint) }
        if isKnown && !paused { hintBoard.post() }
        return isKnown
    }

    package func endpoints() async throws(StoreError) -> [Endpoint] {
        try await read { try EndpointTable(db: $0).endpoints() }
    }

    package func hints() -> AsyncStream<Void> { hintBoard.stream() }

    private func queue<Value: Sendable>(
        _ work: @escaping @Sendable (DeliveryQueue) throws -> Value
    ) async throws(StoreError) -> Value {
        let epoch = epoch
        return try await write { try work(DeliveryQueue(db: $0, epoch: epoch)) }
    }
}
