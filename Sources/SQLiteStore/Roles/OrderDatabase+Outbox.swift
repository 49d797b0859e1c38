import GRDB
package import Orders

extension OrderDatabase {
    package func recover(now: Timestamp, stepsSeconds: [Int]) async throws(StoreError) -> Int {
        try await queue { try $0.recover(now: now, stepsSeconds: stepsSeconds) }
    }

    package func claim(_ request: ClaimRequest) async throws(StoreError) -> ClaimBatch {
        try await queue { try $0.claim(request) }
    }

    package func settle(
        _ claim: Claim, as outcome: DeliveryOutcome, attempt: DeliveryAttempt
    ) async throws(StoreError) -> Settlement {
        let packed = outcome == .delivered ? PackedPayload.pack(claim.payload) : nil
        let (settlement, frees) = try await queue {
            try $0.settle(claim, as: outcome, attempt: attempt, packed: packed)
        }
        if frees { hintBoard.post() }
        return settlement
    }

    /// How many due times one commit moves: the rest of the queue must not keep other callers waiting.
    private static let wakesPerCommit = 1000

    package func wake(endpoint: String, now: Timestamp, batch: Int, spreadSeconds: Int) async throws(StoreError) {
        let epoch = epoch
        // What is placed from here on is not among them and goes when it is due.
        let waiting = try await read { try DeliveryQueue(db: $0, epoch: epoch).waiting(endpoint: endpoint) }
        let rest = max(waiting.count - batch, 1)
        for start in stride(from: 0, to: waiting.count, by: Self.wakesPerCommit) {
            let dues = (start..<min(start + Self.wakesPerCommit, waiting.count)).map { index in
                let place = Int64(max(index + 1 - batch, 0))
                return (
                    id: waiting[index],
                    at: now.adding(milliseconds: Int64(spreadSeconds) * 1000 * place / Int64(rest))
                )
            }
            try await queue { try $0.reschedule(dues) }
        }
        hintBoard.post()
    }

    package func shiftDueTimes(
        milliseconds: Int64, now: Timestamp, stepsSeconds: [Int]
    ) async throws(StoreError) {
        try await queue { try $0.shiftDueTimes(milliseconds: milliseconds, now: now, stepsSeconds: stepsSeconds) }
        hintBoard.post()
    }

    package func record(_ health: EndpointHealth) async throws(StoreError) {
        try await write(evenIfFull: true) { try EndpointTable(db: $0).record(health) }
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
        return try await write(evenIfFull: true) { try work(DeliveryQueue(db: $0, epoch: epoch)) }
    }
}
