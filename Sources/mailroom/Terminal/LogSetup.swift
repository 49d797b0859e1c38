import Fulfillment
import Logging
import Synchronization

/// Points every logger of the process at stderr.
enum LogSetup {
    /// The logging system can be set up once per process; tests load settings more often.
    private static let started = Mutex(false)

    /// Sends every logger's records to stderr, in this format.
    static func start(level: Logger.Level, format: LogFormat) {
        let isFirst = started.withLock { started in
            defer { started = true }
            return !started
        }
        guard isFirst else { return }
        let clock = SystemClock()
        LoggingSystem.bootstrap { label in
            LineLogHandler(
                label: label, level: level, format: format, now: { clock.now }, write: Terminal.writeToStandardError)
        }
    }
}
