import Synchronization

/// When the relay last went round its loop: every second at the latest, unless it hangs.
package final class RelayHeartbeat: Sendable {
    private let uptime = Atomic<Int64>(Int64.min)

    package init() {}

    /// Nil before the first round.
    package var lastRoundUptimeMilliseconds: Int64? {
        let value = uptime.load(ordering: .relaxed)
        return value == Int64.min ? nil : value
    }

    func beat(uptimeMilliseconds: Int64) { uptime.store(uptimeMilliseconds, ordering: .relaxed) }
}
