import Orders
import SQLiteStore

/// Fills a database through the store's own seam. Many callers work at once, so that they share commits.
struct Filling: Sendable {
    /// More than two of the writer's largest commits: while one is written, the next ones gather.
    private static let callers = 512
    private static let ordersPerWindow = 4096
    private static let claimsAtOnce = 512
    private static let endpoint = "fulfillment"
    private static let staff = Actor.staff("benchmark")
    private static let drawsAtMost = 8

    let store: OrderDatabase
    let plan: FillPlan
    /// Told after each window how many orders are done.
    let progress: @Sendable (Int) -> Void

    func run() async throws {
        if plan.secondEvents > 0 { try await placeWithSecondEvents() }
        for start in stride(from: 0, to: plan.orders, by: Self.ordersPerWindow) {
            let window = start..<min(start + Self.ordersPerWindow, plan.orders)
            let indices = plan.secondEvents > 0 ? window.filter { !plan.hasSecondEvent($0) } : Array(window)
            let orders = try await place(indices)
            if plan.state != .pending { try await deliver(orders) }
            progress(window.upperBound)
        }
        // As when a house is back: all is due, in the order of its making. Otherwise the second events of 300 days would
        // come first, each behind a first one that is due today.
        if plan.secondEvents > 0 {
            try await store.wake(endpoint: Self.endpoint, now: plan.end, batch: plan.orders * 2, spreadSeconds: 0)
        }
    }

    // MARK: Steps

    private func place(_ indices: [Int]) async throws -> [PlannedOrder] {
        try await concurrently(indices) { index in
            for draw in 0..<Self.drawsAtMost {
                let planned = plan.order(index, draw: draw)
                let placement = try await store.place(planned.order, announcing: planned.event, key: planned.key)
                switch placement {
                case .placed: return planned
                case .replayed, .keyReused: throw LoadFailure("an idempotency key was drawn twice")
                case .identityTaken: continue
                }
            }
            throw LoadFailure("no free order number could be drawn")
        }
    }

    /// The whole way of orders that were placed: what is held or cancelled early is, the rest is delivered and reported.
    private func deliver(_ orders: [PlannedOrder]) async throws {
        let fates = Dictionary(uniqueKeysWithValues: orders.map { ($0.order.number, $0.fate) })
        let early = orders.filter { [.held, .unexpectedPackage, .cancelledByStaff].contains($0.fate) }
        try await concurrently(early) { planned in
            let action: StaffAction =
                planned.fate == .cancelledByStaff
                ? .cancel(reason: "ordered twice", event: .draw(at: planned.order.placedAt))
                : .hold(reason: "check the address")
            try await perform(action, on: planned, minutesLater: 1)
        }
        let now = (orders.last?.order.placedAt ?? plan.end).adding(seconds: 600)
        try await settleAll(now: now) { claim in
            fates[claim.orderNumber] == .exhausted ? .exhausted(requestSent: true) : .delivered
        }
        try await concurrently(orders.filter { $0.fate == .cancelRequested }) { planned in
            let event = EventID.draw(at: planned.order.placedAt.adding(seconds: 300))
            try await perform(.cancel(reason: "moved away", event: event), on: planned, minutesLater: 5)
        }
        try await settleAll(now: now) { _ in .delivered }
        guard plan.state == .shipped else { return }
        try await concurrently(orders) { planned in
            var reports = HouseReports(planned, plan)
            for (update, receipt) in reports.all() { try await apply(update, receipt) }
        }
    }

    /// Places them first, so that a claim finds them alone.
    private func placeWithSecondEvents() async throws {
        let indices = (0..<plan.orders).filter(plan.hasSecondEvent)
        let orders = try await place(indices)
        try await settleAll(now: plan.end, times: orders.count) { _ in .retry(at: plan.end, requestSent: true) }
        try await concurrently(orders) { planned in
            let event = EventID.draw(at: planned.order.placedAt.adding(seconds: 300))
            try await perform(.cancel(reason: "moved away", event: event), on: planned, minutesLater: 5)
        }
    }

    // MARK: Single calls

    /// Claims what is due by `now` and settles each claim as told, until nothing is due or `times` were settled.
    private func settleAll(
        now: Timestamp, times: Int = .max, as outcome: @escaping @Sendable (Claim) -> DeliveryOutcome
    ) async throws {
        var left = times
        while left > 0 {
            let request = ClaimRequest(endpoint: Self.endpoint, limit: min(left, Self.claimsAtOnce), now: now)
            let claims = try await store.claim(request).claims
            if claims.isEmpty { return }
            left -= claims.count
            try await concurrently(claims) { try await settle($0, as: outcome($0)) }
        }
    }

    private func settle(_ claim: Claim, as outcome: DeliveryOutcome) async throws {
        let startedAt = claim.id.timestamp.adding(milliseconds: 900)
        let (status, error): (Int, String?) =
            outcome == .delivered ? (200, nil) : (503, "server_error: answered 503")
        let attempt = DeliveryAttempt(
            startedAt: startedAt, endedAt: startedAt.adding(milliseconds: 35), status: status, error: error)
        guard try await store.settle(claim, as: outcome, attempt: attempt) == .settled else {
            throw LoadFailure("a claim was stale")
        }
    }

    private func perform(
        _ action: StaffAction, on planned: PlannedOrder, minutesLater minutes: Int64
    ) async throws {
        let now = planned.order.placedAt.adding(seconds: minutes * 60)
        let outcome = try await store.perform(
            action, on: planned.order.number, by: Self.staff, at: now, ifMatch: nil)
        guard case .done = outcome else { throw LoadFailure("a staff action was refused: \(outcome)") }
    }

    private func apply(_ update: ShippingUpdate, _ receipt: WebhookReceipt) async throws {
        switch try await store.apply(update, received: receipt) {
        case .applied, .ignored: return
        case .duplicate, .unmatched, .idReused: throw LoadFailure("a report of the house did not fit its order")
        }
    }

    // MARK: Many at once

    /// Does `work` for each item, many at a time; the results are in the order of the items.
    @discardableResult
    private func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: [(Int, Result)].self) { group in
            let callers = min(Self.callers, items.count)
            for caller in 0..<callers {
                group.addTask {
                    var results: [(Int, Result)] = []
                    for index in stride(from: caller, to: items.count, by: callers) {
                        results.append((index, try await work(items[index])))
                    }
                    return results
                }
            }
            var all: [(Int, Result)] = []
            for try await results in group { all += results }
            return all.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
