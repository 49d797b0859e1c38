import Foundation
import Fulfillment
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// The address that metrics are asked at, apart from the public one. When it cannot be opened, the log says so and
/// everything else goes on: orders matter more than being watched, and whoever watches sees at once that nothing answers.
struct MetricsDoor<App: ApplicationProtocol>: Service, CustomStringConvertible {
    let door: Door<App>
    let logger: Logger
    let couldNotOpen: @Sendable () -> Void

    var description: String { door.description }

    func run() async throws {
        do {
            try await door.run()
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            let reason = (error as? Failure)?.message ?? "cannot listen on \(door.name)"
            logger.error("metrics are not served: \(reason)")
            couldNotOpen()
            try? await gracefulShutdown()
        }
    }
}
