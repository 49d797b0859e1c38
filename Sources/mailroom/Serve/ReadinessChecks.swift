import Dispatch
import Foundation
import Fulfillment
import Orders
import SQLiteStore
import Web

/// What `/readyz` asks: does the database take a write, does the relay move, is there room on the disk.
enum ReadinessChecks {
    static let stalestHeartbeatMilliseconds: Int64 = 30_000
    static let leastFreeBytes: Int64 = 64 << 20

    static func all(
        store: any Store, heartbeat: RelayHeartbeat, clock: any Clock, databasePath: String
    ) -> [NamedCheck] {
        [
            NamedCheck(name: "database") {
                do {
                    try await store.probe()
                    return .pass
                } catch {
                    return .fail("the database does not take a write")
                }
            },
            NamedCheck(name: "relay") {
                relay(lastRound: heartbeat.lastRoundUptimeMilliseconds, now: clock.uptimeMilliseconds)
            },
            NamedCheck(name: "disk") {
                // A disk that hangs holds a thread: none of those that everything else runs on.
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().async {
                        continuation.resume(returning: disk(freeBytes: DiskSpace(beside: databasePath)?.freeBytes))
                    }
                }
            },
        ]
    }

    static func relay(lastRound: Int64?, now: Int64) -> CheckResult {
        guard let lastRound else { return .fail("the relay has not made a round yet") }
        let age = now - lastRound
        return age <= stalestHeartbeatMilliseconds ? .pass : .fail("the relay's last round was \(age / 1000) s ago")
    }

    static func disk(freeBytes: Int64?) -> CheckResult {
        guard let freeBytes else { return .fail("the free disk space cannot be read") }
        return freeBytes >= leastFreeBytes ? .pass : .fail("\(freeBytes >> 20) MiB of disk space left")
    }
}
