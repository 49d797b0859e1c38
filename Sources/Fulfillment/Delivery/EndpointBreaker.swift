package import Orders

/// Whether anything may go to the endpoint now: keeps count of what its answers said.
///
/// A value without a clock: uptimes are monotonic milliseconds, told by the caller.
package struct EndpointBreaker: Sendable {
    package static let failuresUntilDown = 5
    package static let probeIntervalMilliseconds: Int64 = 30_000
    private static let recordIntervalMilliseconds: Int64 = 1000

    package enum Turn: Sendable, Hashable {
        case claim
        /// One delivery, to see whether the endpoint is back.
        case probe
        case wait(untilUptime: Int64)
    }

    private var health: EndpointHealth
    private var holdUntilUptime: Int64?
    private var nextProbeUptime: Int64
    private var wake: Wake
    private var mustPause = false
    /// Something to tell the store: at once, or when a second has passed since the last time.
    private var news = News.urgent
    private var recordedAtUptime: Int64 = 0

    private enum News: Comparable { case none, minor, urgent }
    /// What waits for an endpoint that was down is woken by its first success, not by a mere sign of life.
    private enum Wake { case none, withFirstSuccess, now }

    /// - Parameter health: as an earlier process left it; an endpoint that was down is probed at once.
    package init(_ health: EndpointHealth, uptime: Int64) {
        self.health = health
        wake = health.isDown ? .withFirstSuccess : .none
        nextProbeUptime = uptime
    }

    package var isDown: Bool { health.isDown }

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
        if let hold = decision.holdMilliseconds {
            holdUntilUptime = max(holdUntilUptime ?? 0, uptime + hold)
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
        if told.isDown != health.isDown || mustPause {
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
