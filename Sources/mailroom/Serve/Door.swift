import Foundation
import Fulfillment
import Hummingbird
import NIOCore
import ServiceLifecycle

/// One address that requests come in by.
struct Door<App: ApplicationProtocol>: Service, CustomStringConvertible {
    let application: App
    let name: String
    let clock: any Clock
    /// The option that chooses another port, with an example; nil where there is none.
    var portOption: String?
    /// How long requests under way may take once it stops: as long as a body may take to arrive.
    var drainMilliseconds: Int64 = 10_000

    var description: String { name }

    /// Serves until told to stop; then the requests under way have their time, and the connections are cut.
    func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await serve()
                return true
            }
            group.addTask {
                try? await gracefulShutdown()
                try? await clock.wait(milliseconds: drainMilliseconds)
                return false
            }
            let hasEnded = try await group.next() ?? true
            group.cancelAll()
            // Once the time is over, how it ends is no news: it was cut short.
            if !hasEnded { _ = try? await group.next() }
        }
    }

    private func way(_ code: CInt) -> String {
        guard code == EADDRINUSE else { return "" }
        let other = portOption.map { " Else choose another port, such as \($0)" } ?? ""
        return "; is one running already?" + other
    }

    private func serve() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            throw Failure(
                .unavailable,
                "cannot listen on \(name): \(String(cString: strerror(error.errnoCode)))" + way(error.errnoCode))
        }
    }
}
