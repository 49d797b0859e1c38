import ServiceLifecycle

/// Holds something open while the group runs, and closes it when its turn to stop has come.
struct Closing: Service, CustomStringConvertible {
    let name: String
    let close: @Sendable () async -> Void

    var description: String { name }

    func run() async throws {
        // Thrown when the group is cancelled instead of stopped: then it is time to close, too.
        try? await gracefulShutdown()
        await close()
    }
}
