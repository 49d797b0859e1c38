import GRDB
import Orders

/// The table `deliveries` as the relay works it: claims with a fencing token.
struct DeliveryQueue {
    let db: Database
    /// Every token handed out in this opening is at least this: an older one tells of an earlier process.
    let lowestFence: Int64

    init(db: Database, epoch: Int64) {
        self.db = db
        lowestFence = epoch << 20
    }

    /// A delivery waits behind earlier ones of its order that are not done. `d` is the delivery.
    private static let isFirst = """
        NOT EXISTS (SELECT 1 FROM deliveries earlier WHERE earlier.order_id = d.order_id AND earlier.id < d.id
            AND earlier.endpoint = d.endpoint AND earlier.state IN (0, 1, 3))
        """

    /// A probe looks for the order probed longest ago among this many that are due first.
    private static let probed = 256

    // MARK: Taking

    func claim(_ request: ClaimRequest) throws -> ClaimBatch {
        let endpoint = try db.row("SELECT id, is_paused FROM endpoints WHERE name = ?", [request.endpoint])
        guard var columns = endpoint else { return ClaimBatch(claims: [], nextDueAt: nil, isPaused: false) }
        let endpointID = try columns.integer()
        if try columns.bool() { return ClaimBatch(claims: [], nextDueAt: nil, isPaused: true) }
        if request.isProbe {
            let claims = try probes(request, endpointID).map { try take($0, for: request) }
            let next = try first(of: endpointID, limit: 1).first
            return ClaimBatch(claims: claims, nextDueAt: next?.due, isPaused: false)
        }
        // One walk, and one more than may be taken: the one that falls due next.
        let waiting = try first(of: endpointID, limit: request.limit + 1)
        let due = waiting.prefix(request.limit).prefix { $0.due <= request.now }
        let claims = try due.map { try take($0.id, for: request) }
        return ClaimBatch(claims: claims, nextDueAt: waiting.dropFirst(due.count).first?.due, isPaused: false)
    }

    /// What may go next, by due time.
    private func first(of endpoint: Int64, limit: Int) throws -> [(id: Int64, due: Timestamp)] {
        try db.rows(
            """
            SELECT id, due_at FROM deliveries d WHERE endpoint = ? AND \(OpenDeliveries.pending) AND \(Self.isFirst)
            ORDER BY due_at LIMIT ?
            """, [endpoint, limit]
        ) { columns in
            (id: try columns.integer(), due: try columns.timestamp())
        }
    }

    private func probes(_ request: ClaimRequest, _ endpoint: Int64) throws -> [Int64] {
        try db.integers(
            """
            SELECT id FROM (
                SELECT id, due_at, probed_at FROM deliveries d
                WHERE endpoint = ? AND \(OpenDeliveries.pending) AND \(Self.isFirst)
                ORDER BY due_at LIMIT \(Self.probed))
            ORDER BY probed_at NULLS FIRST, due_at, id LIMIT ?
            """, [endpoint, request.limit])
    }

    private func take(_ id: Int64, for request: ClaimRequest) throws -> Claim {
        let taken = try db.row(
            """
            UPDATE deliveries SET state = 1, due_at = NULL, claimed_at = ?1, attempts = attempts + ?2,
                fence = max(fence + 1, ?3), probed_at = iif(?2 = 0, ?1, probed_at)
            WHERE id = ?4
            RETURNING attempts, fence, trace, (SELECT number FROM orders WHERE orders.id = order_id)
            """, [request.now.milliseconds, request.isProbe ? 0 : 1, lowestFence, id])
        guard var columns = taken else { throw Corruption("a delivery's order is not there") }
        let attempt = try columns.int()
        let fence = try columns.integer()
        let trace = try columns.optionalBytes().flatMap(TraceContext.init(bytes:))
        return try Claim(
            id: EventID(value: id), endpoint: request.endpoint, orderNumber: columns.orderNumber(),
            payload: PayloadTable(db: db).payload(of: EventID(value: id)), attempt: attempt,
            isProbe: request.isProbe, fence: fence, trace: trace)
    }

    // MARK: Taking back

    /// What an earlier process left in flight; see `Outbox.recover`.
    func recover(now: Timestamp, stepsSeconds: [Int]) throws -> Int {
        let interrupted = try leftInFlight()
        for delivery in interrupted {
            let attempt = DeliveryAttempt(
                startedAt: min(delivery.claimedAt, now), endedAt: now, status: nil, error: "interrupted")
            try log(attempt, of: delivery.id)
            // Ahead of all that came after it: the house may be slow, and this was on its way already.
            try takeBack(delivery, dueAt: min(delivery.id.timestamp, delivery.claimedAt, now))
        }
        let latest = Self.latestDue(stepsSeconds)
        try db.run(
            """
            UPDATE deliveries SET due_at = min(due_at, \(latest)) WHERE \(OpenDeliveries.pending) AND due_at > ?1
            """, [now.milliseconds])
        return interrupted.count
    }

    private struct Taken {
        let id: EventID
        let order: OrderID
        let claimedAt: Timestamp
    }

    private func leftInFlight() throws -> [Taken] {
        try db.rows(
            "SELECT id, order_id, claimed_at FROM deliveries WHERE \(OpenDeliveries.inFlight) AND fence < ?",
            [lowestFence]
        ) { columns in
            try Taken(
                id: EventID(value: columns.integer()), order: OrderID(value: columns.integer()),
                claimedAt: columns.timestamp())
        }
    }

    private func takeBack(_ delivery: Taken, dueAt: Timestamp) throws {
        try db.run(
            "UPDATE deliveries SET state = 0, due_at = ?, claimed_at = NULL WHERE id = ?",
            [dueAt.milliseconds, delivery.id.value])
        try OrderTable(db: db).markSent(delivery.order)
    }

    // MARK: Settling

    /// - Parameter packed: the claim's payload packed, when it was delivered.
    /// - Returns: whether the claim still held, and whether later deliveries of the order are free to go now.
    func settle(
        _ claim: Claim, as outcome: DeliveryOutcome, attempt: DeliveryAttempt, packed: [UInt8]?
    ) throws -> (settlement: Settlement, frees: Bool) {
        let (state, dueAt): (DeliveryState, Timestamp?) =
            switch outcome {
            case .delivered: (.delivered, nil)
            case .retry(let at, _): (.pending, at)
            case .exhausted: (.exhausted, nil)
            }
        let isFailedProbe = claim.isProbe && outcome != .delivered
        if isFailedProbe { try log(failedProbe: attempt, of: claim.id) }
        let held = try db.integer(
            """
            UPDATE deliveries SET state = ?1, due_at = ?2, claimed_at = NULL,
                log = iif(?3 IS NULL, log, ifnull(log || ',', '') || ?3)
            WHERE id = ?4 AND fence = ?5 AND state = 1 RETURNING order_id
            """,
            [
                state.code, dueAt?.milliseconds, isFailedProbe ? nil : AttemptLog.entry(attempt), claim.id.value,
                claim.fence,
            ])
        guard let order = held.map(OrderID.init(value:)) else {
            if !isFailedProbe { try log(attempt, of: claim.id) }
            return (.stale, false)
        }
        switch outcome {
        case .delivered:
            try PayloadTable(db: db).putAway(claim.id, packed: packed)
            try noteArrival(at: order, now: attempt.endedAt)
            return (.settled, try DeliveryTable(db: db).hasWaiting(after: claim.id, of: order))
        case .retry(_, let requestSent):
            if requestSent { try OrderTable(db: db).markSent(order) }
        case .exhausted(let requestSent):
            if requestSent { try OrderTable(db: db).markSent(order) }
            try OrderTable(db: db).refreshExhaustedFlag(order)
        }
        return (.settled, false)
    }

    private func log(_ attempt: DeliveryAttempt, of id: EventID) throws {
        try db.run(
            "UPDATE deliveries SET log = ifnull(log || ',', '') || ? WHERE id = ?",
            [AttemptLog.entry(attempt), id.value])
    }

    private func log(failedProbe attempt: DeliveryAttempt, of id: EventID) throws {
        var columns = try db.row("SELECT log FROM deliveries WHERE id = ?", [id.value])
        let log = try AttemptLog.appending(failedProbe: attempt, to: columns?.optionalText())
        try db.run("UPDATE deliveries SET log = ? WHERE id = ?", [log, id.value])
    }

    /// The house has the order. Nearly always it was `placed` and nothing else ever happened to it: then no fact has
    /// to be read to know that it is `submitted`.
    private func noteArrival(at id: OrderID, now: Timestamp) throws {
        let arrived = HistoryEntry(at: now, actor: .system, event: "order.submitted", from: .placed, to: .submitted)
        let exhausted = FlagBits.raising(.deliveryExhausted)
        let changes = try db.run(
            """
            UPDATE orders SET house_has_it = 1, was_sent = 1, status = 1, updated_at = max(updated_at, ?),
                version = version + 1
            WHERE id = ? AND status = 0 AND facts IS NULL AND flags & \(exhausted) = 0
            """, [now.milliseconds, id.value])
        if changes == 1 { return try HistoryTable(db: db).append(arrived, to: id) }

        let old = try OrderTable(db: db).existing(id)
        var order = old
        order.facts.houseHasIt = true
        order.facts.wasSent = true
        let (from, to) = (old.status, order.status)
        if from != to { order.updatedAt = max(now, old.updatedAt) }
        if order != old { try OrderTable(db: db).update(order, replacing: old) }
        if from != to {
            let entry = HistoryEntry(at: now, actor: .system, event: "order.submitted", from: from, to: to)
            try HistoryTable(db: db).append(entry, to: id)
        }
        try OrderTable(db: db).refreshExhaustedFlag(id)
    }

    // MARK: Due times

    /// Every pending delivery of an endpoint, whenever it is due, oldest first.
    func waiting(endpoint: String) throws -> [Int64] {
        try db.integers(
            """
            SELECT id FROM deliveries WHERE endpoint = (SELECT id FROM endpoints WHERE name = ?)
                AND \(OpenDeliveries.pending) ORDER BY id
            """, [endpoint])
    }

    /// Gives deliveries their due times, but for those that staff stopped meanwhile.
    func reschedule(_ dues: [(id: Int64, at: Timestamp)]) throws {
        for (id, at) in dues {
            try db.run("UPDATE deliveries SET due_at = ? WHERE id = ? AND state = 0", [at.milliseconds, id])
        }
    }

    func shiftDueTimes(milliseconds: Int64, now: Timestamp, stepsSeconds: [Int]) throws {
        try db.run(
            """
            UPDATE deliveries SET due_at = min(due_at + ?2, \(Self.latestDue(stepsSeconds)))
            WHERE \(OpenDeliveries.pending)
            """, [now.milliseconds, milliseconds])
    }

    /// The latest due time that a delivery's attempts can have given it, `?1` being now: now without any, else the wait
    /// after the last of them with all its jitter.
    private static func latestDue(_ stepsSeconds: [Int]) -> String {
        let waits = stepsSeconds.enumerated().map { "WHEN \($0 + 1) THEN \($1 * 1200)" }.joined(separator: " ")
        return "?1 + CASE attempts WHEN 0 THEN 0 \(waits) ELSE \((stepsSeconds.last ?? 0) * 1200) END"
    }
}
