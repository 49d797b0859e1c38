import Fulfillment
import Logging
import Orders
import ServiceLifecycle

/// Erases drafts of orders whose day is over, also when nobody asks for them any more.
struct DraftSweep: Service, CustomStringConvertible {
    let description = "draft sweep"
    static let everyMilliseconds: Int64 = 10 * 60 * 1000

    let store: any DraftStore
    let clock: any Clock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let count = try await store.sweepSheets(at: clock.now)
                    if count > 0 { logger.info("drafts past their day erased", metadata: ["count": "\(count)"]) }
                } catch {
                    // The next round finds them again.
                    logger.warning("drafts could not be swept", metadata: ["error": "\(error)"])
                }
                guard (try? await clock.wait(milliseconds: Self.everyMilliseconds)) != nil else { return }
            }
        }
    }
}
