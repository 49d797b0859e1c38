import GRDB
import Orders

/// The table `deliveries` as the relay works it: claims with a lease and a fencing token.
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
        try reclaimExpired(endpointID, now: request.now)
        let ids = try request.isProbe ? probes(request, endpointID) : due(request, endpointID)
        let claims = try ids.map { try take($0, for: request) }
        let next = try db.integer(
            """
            SELECT due_at FROM deliveries d WHERE endpoint = ? AND state = 0 AND state <> 2 AND \(Self.isFirst)
            ORDER BY due_at LIMIT 1
            """, [endpointID])
        return ClaimBatch(claims: claims, nextDueAt: next.map(Timestamp.init(milliseconds:)), isPaused: false)
    }

    private func due(_ request: ClaimRequest, _ endpoint: Int64) throws -> [Int64] {
        try db.integers(
            """
            SELECT id FROM deliveries d WHERE endpoint = ? AND state = 0 AND state <> 2 AND due_at <= ?
                AND \(Self.isFirst) ORDER BY due_at LIMIT ?
            """, [endpoint, request.now.milliseconds, request.limit])
    }

    private func probes(_ request: ClaimRequest, _ endpoint: Int64) throws -> [Int64] {
        try db.integers(
            """
            SELECT id FROM (
                SELECT id, due_at, probed_at FROM deliveries d
                WHERE endpoint = ? AND state = 0 AND state <> 2 AND \(Self.isFirst) ORDER BY due_at LIMIT \(Self.probed))
            ORDER BY probed_at NULLS FIRST, due_at, id LIMIT ?
            """, [endpoint, request.limit])
    }

    private func take(_ id: Int64, for request: ClaimRequest) throws -> Claim {
        let found = try db.row(
            """
            SELECT d.attempts, d.fence, o.number, d.payload FROM deliveries d JOIN orders o ON o.id = d.order_id
            WHERE d.id = ?
            """, [id])
        guard var columns = found else { throw Corruption("a delivery's order is not there") }
        let attempt = try columns.int() + (request.isProbe ? 0 : 1)
        let fence = max(try columns.integer() + 1, lowestFence)
        try db.run(
            """
            UPDATE deliveries SET state = 1, due_at = ?, claimed_at = ?, attempts = ?, fence = ?,
                probed_at = ifnull(?, probed_at)
            WHERE id = ?
            """,
            [
                request.leaseUntil.milliseconds, request.now.milliseconds, attempt, fence,
                request.isProbe ? request.now.milliseconds : nil, id,
            ])
        return try Claim(
            id: EventID(value: id), endpoint: request.endpoint, orderNumber: columns.orderNumber(),
            payload: columns.bytes(), attempt: attempt, isProbe: request.isProbe, fence: fence)
    }

    // MARK: Taking back

    /// What an earlier process left in flight; see `Outbox.recover`.
    func recover(now: Timestamp, longestStepSeconds: Int) throws -> Int {
        let interrupted = try inFlight("fence < ?", [lowestFence])
        for delivery in interrupted {
            let attempt = DeliveryAttempt(
                startedAt: min(delivery.claimedAt, now), endedAt: now, status: nil, error: "interrupted")
            try log(attempt, of: delivery.id)
            try takeBack(delivery, dueAt: now)
        }
        let latest = now.adding(seconds: Int64(longestStepSeconds)).milliseconds
        try db.run("UPDATE deliveries SET due_at = ?1 WHERE state = 0 AND state <> 2 AND due_at > ?1", [latest])
        return interrupted.count
    }

    /// A claim that never settled in its time: the next one may try, and the request may have been sent.
    private func reclaimExpired(_ endpoint: Int64, now: Timestamp) throws {
        for delivery in try inFlight("endpoint = ? AND due_at <= ?", [endpoint, now.milliseconds]) {
            try takeBack(delivery, dueAt: now)
        }
    }

    private struct Taken {
        let id: EventID
        let order: OrderID
        let claimedAt: Timestamp
    }

    private func inFlight(_ condition: String, _ arguments: StatementArguments) throws -> [Taken] {
        try db.rows(
            "SELECT id, order_id, claimed_at FROM deliveries WHERE state = 1 AND state <> 2 AND \(condition)", arguments
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

    /// - Returns: whether the claim still held, and whether later deliveries of the order are free to go now.
    func settle(
        _ claim: Claim, as outcome: DeliveryOutcome, attempt: DeliveryAttempt
    ) throws -> (settlement: Settlement, frees: Bool) {
        let held = try db.integer(
            "SELECT order_id FROM deliveries WHERE id = ? AND fence = ? AND state = 1", [claim.id.value, claim.fence])
        guard let order = held.map(OrderID.init(value:)) else {
            try log(attempt, of: claim.id)
            return (.stale, false)
        }
        let (state, dueAt): (DeliveryState, Timestamp?) =
            switch outcome {
            case .delivered: (.delivered, nil)
            case .retry(let at, _): (.pending, at)
            case .exhausted: (.exhausted, nil)
            }
        try db.run(
            """
            UPDATE deliveries SET state = ?, due_at = ?, claimed_at = NULL, log = ifnull(log || ',', '') || ?
            WHERE id = ?
            """, [state.code, dueAt?.milliseconds, AttemptLog.entry(attempt), claim.id.value])
        switch outcome {
        case .delivered:
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

    /// Makes up to `batch` deliveries that wait due now.
    func wakeFirst(_ batch: Int, endpoint: String, now: Timestamp) throws {
        try db.run(
            """
            UPDATE deliveries SET due_at = ?1 WHERE id IN (
                SELECT id FROM deliveries WHERE endpoint = (SELECT id FROM endpoints WHERE name = ?2)
                    AND state = 0 AND state <> 2 AND due_at > ?1 ORDER BY due_at LIMIT ?3)
            """, [now.milliseconds, endpoint, batch])
    }

    func count(endpoint: String, dueAfter time: Timestamp) throws -> Int {
        Int(
            try db.integer(
                """
                SELECT count(*) FROM deliveries WHERE endpoint = (SELECT id FROM endpoints WHERE name = ?)
                    AND state = 0 AND state <> 2 AND due_at > ?
                """, [endpoint, time.milliseconds]) ?? 0)
    }

    /// Gives up to `slots.count` deliveries that are due after `time` the due times of `slots`, in their order.
    func spread(over slots: [Timestamp], endpoint: String, dueAfter time: Timestamp) throws {
        let ids = try db.integers(
            """
            SELECT id FROM deliveries WHERE endpoint = (SELECT id FROM endpoints WHERE name = ?)
                AND state = 0 AND state <> 2 AND due_at > ? ORDER BY due_at LIMIT ?
            """, [endpoint, time.milliseconds, slots.count])
        for (id, slot) in zip(ids, slots) {
            try db.run("UPDATE deliveries SET due_at = ? WHERE id = ?", [slot.milliseconds, id])
        }
    }

    func shiftDueTimes(milliseconds: Int64) throws {
        try db.run(
            "UPDATE deliveries SET due_at = due_at + ? WHERE state IN (0, 1) AND state <> 2", [milliseconds])
    }
}
