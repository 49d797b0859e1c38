import Foundation
import Logging

/// Ends the process at once when the disk has failed to sync.
///
/// Not a stop in good order: that would close the database, and so write to a disk whose answers mean nothing any more.
/// Who waits for an answer gets none, sends the request again under its key, and finds the order or places it. What was
/// answered before had reached the disk.
struct DiskWatch: Sendable {
    /// What SQLite said; see `OrderDatabase.diskLosses`.
    let losses: AsyncStream<String>
    let logger: Logger
    var end: @Sendable (Failure) -> Void = { failure in
        Terminal.warn("mailroom: " + failure.message)
        _exit(failure.status.rawValue)
    }

    /// Returns when the store has closed.
    func run() async {
        for await detail in losses {
            logger.critical("the disk failed to sync", metadata: ["detail": "\(detail)"])
            end(Self.failure(detail))
        }
    }

    static func failure(_ detail: String) -> Failure {
        Failure(
            .ioError,
            "stopped, because the disk failed to sync (\(detail)): what was written since the last sync may be lost. "
                + "Every order that was answered is kept. Check the disk and the system's log, then start again")
    }
}
