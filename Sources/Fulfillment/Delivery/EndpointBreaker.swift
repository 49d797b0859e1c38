package import Orders

/// Whether anything may go to the endpoint now: keeps count of what its answers said.
///
/// A value without a clock: uptimes are monotonic milliseconds, told by the caller.
package struct EndpointBreaker: Sendable {
    package static let failuresUntilDown = 5
    package static let probeIntervalMilliseconds: Int64 = 30_000
    private static let recordIntervalMilliseconds: Int64 = 1000
    private static let longestHoldMilliseconds: Int64 = 24 * 3600 * 1000

    package enum Turn: Sendable, Hashable {
        case claim
        /// One delivery, to see whether the endpoint is back.
        case probe
        case wait(untilUptime: Int64)
    }

    private var health: EndpointHealth
    /// Set exactly while `health.holdUntil` is, which tells the same by the wall clock.
    private var holdUntilUptime: Int64?
    /// The store has the hold: should it have none later, staff resumed the endpoint.
    private var isHoldKept = false
    private var nextProbeUptime: Int64
    private var wake: Wake
    private var mustPause = false
    /// Something to tell the store: at once, or when a second has passed since the last time.
    private var news = News.urgent
    private var recordedAtUptime: Int64 = 0

    private enum News: Comparable { case none, minor, urgent }
    /// What waits for an endpoint that was down is woken by its first success, not by a mere sign of life.
    private enum Wake { case none, withFirstSuccess, now }

    /// - Parameter health: as an earlier process left it; an endpoint that was down is probed at once, and a hold that
    ///   is not over goes on.
    package init(_ health: EndpointHealth, at now: Timestamp, uptime: Int64) {
        self.health = health
        wake = health.isDown ? .withFirstSuccess : .none
        nextProbeUptime = uptime
        guard let end = health.holdUntil else { return }
        guard end > now else {
            self.health.holdUntil = nil
            return
        }
        // However far the wall clock was set meanwhile, nobody may ask for more.
        let left = min(end.milliseconds - now.milliseconds, Self.longestHoldMilliseconds)
        holdUntilUptime = uptime + left
        self.health.holdUntil = now.adding(milliseconds: left)
        isHoldKept = true
    }

    package var isDown: Bool { health.isDown }

    /// Nil when nothing holds; the time may be over already.
    package var holdUntil: Timestamp? { health.holdUntil }

    package func turn(uptime: Int64) -> Turn {
        if mustPause { return .wait(untilUptime: uptime + Self.recordIntervalMilliseconds) }
        if let holdUntilUptime, uptime < holdUntilUptime { return .wait(untilUptime: holdUntilUptime) }
        guard health.isDown else { return .claim }
        return uptime < nextProbeUptime ? .wait(untilUptime: nextProbeUptime) : .probe
    }

    package mutating func probeStarted(uptime: Int64) { nextProbeUptime = uptime + Self.probeIntervalMilliseconds }

    package mutating func note(_ decision: DeliveryDecision, at now: Timestamp, uptime: Int64) {
        switch decision.verdict {
        case .success:
            health.lastSuccessAt = now
            if wake == .withFirstSuccess { wake = .now }
            rise()
        case .up: rise()
        case .down: fail(uptime: uptime)
        case .unknown: break
        }
        if let hold = decision.holdMilliseconds, uptime + hold > holdUntilUptime ?? .min {
            holdUntilUptime = uptime + hold
            health.holdUntil = now.adding(milliseconds: hold)
            isHoldKept = false
            news = .urgent
        }
        if decision.pausesEndpoint {
            mustPause = true
            news = .urgent
        }
    }

    private mutating func rise() {
        news = health.isDown ? .urgent : max(news, .minor)
        health.isDown = false
        health.failuresInARow = 0
    }

    private mutating func fail(uptime: Int64) {
        health.failuresInARow += 1
        news = max(news, .minor)
        guard !health.isDown, health.failuresInARow >= Self.failuresUntilDown else { return }
        health.isDown = true
        wake = .withFirstSuccess
        nextProbeUptime = uptime + Self.probeIntervalMilliseconds
        news = .urgent
    }
}

extension EndpointBreaker {
    /// Whether the store should be asked if staff have resumed the endpoint.
    package var isHoldKeptByStore: Bool { holdUntilUptime != nil && isHoldKept }

    /// The store knows of no hold. One that it was not told of yet stays.
    /// - Returns: true when that lifted a hold.
    package mutating func holdIsGoneFromStore() -> Bool {
        guard isHoldKeptByStore else { return false }
        endHold()
        return true
    }

    /// Forgets a hold whose time is over.
    package mutating func passTime(uptime: Int64) {
        guard let holdUntilUptime, uptime >= holdUntilUptime else { return }
        endHold()
        news = max(news, .minor)
    }

    /// The hold lasts as long as before; its end by the wall clock is another.
    package mutating func wallClockJumped(milliseconds: Int64) {
        guard let end = health.holdUntil else { return }
        health.holdUntil = end.adding(milliseconds: milliseconds)
        news = .urgent
    }

    private mutating func endHold() {
        holdUntilUptime = nil
        health.holdUntil = nil
        isHoldKept = false
    }

    /// What the store should be told now: a change of state at once, the rest at most once a second.
    /// - Parameter isLast: nothing will be told later.
    package func unrecorded(uptime: Int64, isLast: Bool = false) -> EndpointHealth? {
        switch news {
        case .none: return nil
        case .minor where !isLast && uptime - recordedAtUptime < Self.recordIntervalMilliseconds: return nil
        case .minor, .urgent:
            var told = health
            told.pauses = mustPause
            return told
        }
    }

    /// - Parameter told: what the store took; what changed since is still news.
    package mutating func recorded(_ told: EndpointHealth, uptime: Int64) {
        recordedAtUptime = uptime
        // Told once: telling it again would undo the staff's resuming.
        if told.pauses { mustPause = false }
        let isHoldTold = told.holdUntil == health.holdUntil
        if isHoldTold { isHoldKept = health.holdUntil != nil }
        if !isHoldTold || told.isDown != health.isDown || mustPause {
            news = .urgent
        } else {
            news =
                told.failuresInARow == health.failuresInARow && told.lastSuccessAt == health.lastSuccessAt
                ? .none : .minor
        }
    }

    /// An endpoint that was down has taken a delivery: what waits for it should be woken.
    package var shouldWake: Bool { wake == .now }

    package mutating func woke() { if wake == .now { wake = .none } }
}
