import Fulfillment
import Orders
import ServiceLifecycle

/// Tells the service manager that the service lives, as long as it does: only after everything that could hang has
/// answered. A process that merely exists is not pinged for, so one that hangs is started anew.
struct Watchdog: Service, CustomStringConvertible {
    let manager: ServiceManager
    /// What is asked before each ping. One that never answers keeps all further pings back.
    let signs: [LifeSign]
    let clock: any Clock

    var description: String { "watchdog" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            guard let every = manager.watchdogMilliseconds else {
                try? await gracefulShutdown()
                return
            }
            while !Task.isCancelled {
                let (isAlive, status) = await look()
                if isAlive {
                    manager.tell("WATCHDOG=1", "STATUS=\(status)")
                } else {
                    manager.tell("STATUS=\(status)")
                }
                // A third, so that one that comes late does no harm.
                guard (try? await clock.wait(milliseconds: max(1, every / 3))) != nil else { return }
            }
        }
        manager.tell("STOPPING=1", "STATUS=stopping")
    }

    private func look() async -> (isAlive: Bool, status: String) {
        var status = "taking orders"
        for sign in signs {
            switch await sign.look() {
            case .well: continue
            case .refusing(let why): status = "not taking orders: \(why)"
            case .stuck(let why): return (false, why)
            }
        }
        return (true, status)
    }
}
