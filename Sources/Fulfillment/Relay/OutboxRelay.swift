package import Logging
package import Metrics
package import Orders
import ServiceLifecycle
package import Tracing

/// Takes what is due from the outbox to the house: claim, sign, post, decide, settle.
///
/// At most `concurrency` exchanges at once. It never ends by itself: store errors make it wait, and what it could
/// not settle is taken up again at the next start. On graceful shutdown it claims no more, lets the exchanges in
/// flight finish, settles them and returns.
package struct OutboxRelay: Service, CustomStringConvertible {
    private static let pollMilliseconds: Int64 = 1000
    /// One exchange may last 15 s.
    private static let finishMilliseconds: Int64 = 15_500
    private static let wakeBatch = 100
    private static let wakeSpreadSeconds = 60

    /// For the log, which must not hold the house's URL: its query may be a secret.
    package let description = "relay"
    package let heartbeat = RelayHeartbeat()

    let outbox: any Outbox
    let transport: any WebhookTransport
    let signer: WebhookSigner
    let endpoint: RelayEndpoint
    let concurrency: Int
    let clock: any Clock
    let logger: Logger
    let metrics: RelayMetrics
    let tracer: any Tracer

    package init(
        outbox: any Outbox, transport: any WebhookTransport, signer: WebhookSigner, endpoint: RelayEndpoint,
        concurrency: Int, clock: any Clock, logger: Logger, metrics: any MetricsFactory = MetricsSystem.factory,
        tracer: any Tracer = NoOpTracer()
    ) {
        self.outbox = outbox
        self.transport = transport
        self.signer = signer
        self.endpoint = endpoint
        self.concurrency = concurrency
        self.clock = clock
        self.logger = logger
        self.metrics = RelayMetrics(metrics)
        self.tracer = tracer
    }

    package func run() async throws {
        let fresh = EndpointBreaker(
            EndpointHealth(name: endpoint.name, url: endpoint.url), at: clock.now, uptime: clock.uptimeMilliseconds)
        let desk = RelayDesk(concurrency: concurrency, breaker: fresh)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { [outbox] in for await _ in outbox.hints() { desk.hint() } }
                await rounds(at: desk, in: &group)
                await finish(at: desk)
                group.cancelAll()
            }
            await recordLast(from: desk)
        } onGracefulShutdown: {
            desk.stop()
        }
    }

    /// Once round: tell the store what is new, claim, start what was claimed, wait for a reason to go round again.
    private func rounds(at desk: RelayDesk, in group: inout DiscardingTaskGroup) async {
        var keeping = RelayKeeping(
            wallClock: WallClockWatch(
                wallMilliseconds: clock.now.milliseconds, uptimeMilliseconds: clock.uptimeMilliseconds))
        while !desk.isStopping, !Task.isCancelled {
            heartbeat.beat(uptimeMilliseconds: clock.uptimeMilliseconds)
            let pause = await round(at: desk, keeping: &keeping, in: &group)
            await desk.bell.wait(milliseconds: min(pause, Self.pollMilliseconds), clock: clock)
        }
    }

    /// - Returns: after how many milliseconds to go round again, unless something happens before.
    private func round(
        at desk: RelayDesk, keeping: inout RelayKeeping, in group: inout DiscardingTaskGroup
    ) async -> Int64 {
        let uptime = clock.uptimeMilliseconds
        let jump = keeping.wallClock.jump(wallMilliseconds: clock.now.milliseconds, uptimeMilliseconds: uptime)
        keeping.owedShiftMilliseconds += jump
        desk.breaker { breaker in
            if jump != 0 { breaker.wallClockJumped(milliseconds: jump) }
            breaker.passTime(uptime: uptime)
        }
        if uptime < keeping.notBeforeUptime { return keeping.notBeforeUptime - uptime }
        do throws(StoreError) {
            if !keeping.hasRecovered { try await recover(at: desk, keeping: &keeping) }
            try await askAboutHold(at: desk, keeping: &keeping)
            try await tell(from: desk, keeping: &keeping)
            let pause = try await claim(at: desk, in: &group)
            if keeping.backoff.succeeded() { logger.notice("the store answers the relay again") }
            return pause
        } catch {
            if keeping.backoff.failures == 0 {
                logger.error("the store refuses the relay; trying again", metadata: ["error": "\(error)"])
            }
            let pause = keeping.backoff.failed()
            keeping.notBeforeUptime = uptime + pause
            return pause
        }
    }

    /// Takes back what an earlier process left in flight, and goes on from what it knew of the endpoint.
    private func recover(at desk: RelayDesk, keeping: inout RelayKeeping) async throws(StoreError) {
        let count = try await outbox.recover(
            now: clock.now, stepsSeconds: RetrySchedule.waitsSeconds.map(Int.init))
        if count > 0 {
            logger.notice("deliveries were interrupted by the last stop", metadata: ["count": "\(count)"])
        }
        var health = EndpointHealth(name: endpoint.name, url: endpoint.url)
        // What was known of another address says nothing about this one.
        if let known = try await known(), known.url == endpoint.url {
            health.failuresInARow = known.failuresInARow
            health.lastSuccessAt = known.lastSuccessAt
            health.holdUntil = known.holdUntil
            health.isDown = known.state == .down || known.failuresInARow >= EndpointBreaker.failuresUntilDown
        }
        let breaker = EndpointBreaker(health, at: clock.now, uptime: clock.uptimeMilliseconds)
        desk.breaker { $0 = breaker }
        keeping.hasRecovered = true
        if let end = breaker.holdUntil {
            logger.warning(
                "the endpoint asked before the start to be left alone",
                metadata: ["endpoint": "\(endpoint.name)", "until": "\(end)"])
        }
    }

    private func known() async throws(StoreError) -> Endpoint? {
        try await outbox.endpoints().first { $0.name == endpoint.name }
    }

    /// Staff lift a hold by resuming the endpoint: asked for once a second, and always before the store is told
    /// anything, which would bring the hold back.
    private func askAboutHold(at desk: RelayDesk, keeping: inout RelayKeeping) async throws(StoreError) {
        let uptime = clock.uptimeMilliseconds
        let (isKept, isTelling) = desk.breaker {
            ($0.isHoldKeptByStore, $0.unrecorded(uptime: uptime) != nil)
        }
        guard isKept, isTelling || uptime >= keeping.askAboutHoldUptime else { return }
        keeping.askAboutHoldUptime = uptime + Self.pollMilliseconds
        guard let known = try await known(), known.holdUntil == nil, desk.breaker({ $0.holdIsGoneFromStore() }) else {
            return
        }
        logger.notice("staff ended the endpoint's hold", metadata: ["endpoint": "\(endpoint.name)"])
    }

    private func tell(from desk: RelayDesk, keeping: inout RelayKeeping) async throws(StoreError) {
        if keeping.owedShiftMilliseconds != 0 {
            let shift = keeping.owedShiftMilliseconds
            try await outbox.shiftDueTimes(
                milliseconds: shift, now: clock.now, stepsSeconds: RetrySchedule.waitsSeconds.map(Int.init))
            keeping.owedShiftMilliseconds = 0
            logger.warning("the wall clock jumped; due times follow", metadata: ["milliseconds": "\(shift)"])
        }
        let uptime = clock.uptimeMilliseconds
        if let health = desk.breaker({ $0.unrecorded(uptime: uptime) }) {
            try await outbox.record(health)
            desk.breaker { $0.recorded(health, uptime: uptime) }
        }
        if desk.breaker({ $0.shouldWake }) {
            try await outbox.wake(
                endpoint: endpoint.name, now: clock.now, batch: Self.wakeBatch, spreadSeconds: Self.wakeSpreadSeconds)
            desk.breaker { $0.woke() }
        }
    }

    private func claim(at desk: RelayDesk, in group: inout DiscardingTaskGroup) async throws(StoreError) -> Int64 {
        let free = desk.freeSlots
        guard free > 0 else { return Self.pollMilliseconds }
        let uptime = clock.uptimeMilliseconds
        let isProbe: Bool
        switch desk.breaker({ $0.turn(uptime: uptime) }) {
        case .claim: isProbe = false
        case .probe: isProbe = true
        case .wait(let until):
            desk.rests(true)
            return until - uptime
        }
        desk.rests(false)
        let now = clock.now
        let batch = try await outbox.claim(
            ClaimRequest(
                endpoint: endpoint.name, limit: isProbe ? 1 : free, now: now, isProbe: isProbe))
        if isProbe, !batch.claims.isEmpty { desk.breaker { $0.probeStarted(uptime: uptime) } }
        desk.claimed(batch.claims.count)
        for claim in batch.claims { group.addTask { await deliver(claim, at: desk) } }
        guard !isProbe, batch.claims.count < free, let due = batch.nextDueAt, due > now else {
            return Self.pollMilliseconds
        }
        return due.milliseconds - now.milliseconds
    }

    /// Waits for what is in flight; a cancelled task waits for nothing.
    private func finish(at desk: RelayDesk) async {
        let end = clock.uptimeMilliseconds + Self.finishMilliseconds
        while !desk.isIdle, !Task.isCancelled, clock.uptimeMilliseconds < end {
            await desk.bell.wait(milliseconds: end - clock.uptimeMilliseconds, clock: clock)
        }
        desk.giveUp()
    }

    private func recordLast(from desk: RelayDesk) async {
        guard let health = desk.breaker({ $0.unrecorded(uptime: clock.uptimeMilliseconds, isLast: true) }) else {
            return
        }
        do throws(StoreError) {
            try await outbox.record(health)
        } catch {
            logger.error("the endpoint's last state was not kept", metadata: ["error": "\(error)"])
        }
    }
}

/// What the loop alone remembers from round to round.
private struct RelayKeeping {
    var wallClock: WallClockWatch
    /// The wall clock jumped by so much, and the store does not know yet.
    var owedShiftMilliseconds: Int64 = 0
    var hasRecovered = false
    var backoff = Backoff()
    /// The endpoint holds: look then whether staff have resumed it.
    var askAboutHoldUptime = Int64.min
    /// The store failed: leave it alone until then.
    var notBeforeUptime = Int64.min
}
