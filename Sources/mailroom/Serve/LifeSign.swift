import Fulfillment
import NIOCore
import NIOPosix
import Orders
import Web

/// One part of the service that could hang, asked whether it does.
struct LifeSign: Sendable {
    enum Finding: Sendable, Hashable {
        case well
        /// It answers, and says no: a full disk, a crowd. A new start would mend nothing, and end what still works.
        case refusing(String)
        case stuck(String)
    }

    let look: @Sendable () async -> Finding

    static func all(store: any Store, heartbeat: RelayHeartbeat, clock: any Clock) -> [LifeSign] {
        [
            LifeSign {
                do {
                    try await store.probe()
                    return .well
                } catch {
                    return .refusing("the database does not take a write")
                }
            },
            LifeSign {
                let result = ReadinessChecks.relay(
                    lastRound: heartbeat.lastRoundUptimeMilliseconds, now: clock.uptimeMilliseconds)
                switch result {
                case .pass: return .well
                case .fail(let why): return .stuck(why)
                }
            },
            LifeSign {
                // Those that every door and connection run on.
                for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
                    _ = try? await loop.submit {}.get()
                }
                return .well
            },
        ]
    }
}
