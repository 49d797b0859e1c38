import GRDB
import Synchronization

/// Whether the disk still does what it says.
///
/// When a sync fails the system may drop what it could not write, and tells of it only once: the next sync would
/// succeed and mean nothing. So from the first failure on nothing more is committed, and whoever runs the store hears
/// of it and must end the process. What was confirmed before was synced before; it is in the file or its log.
final class DiskTrust: Sendable {
    /// Why a transaction was not begun.
    struct Lost: Error {}

    /// What SQLite said when the first sync failed. One listener.
    let losses: AsyncStream<String>
    private let teller: AsyncStream<String>.Continuation
    private let isGone = Atomic(false)

    init() { (losses, teller) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1)) }

    var isLost: Bool { isGone.load(ordering: .acquiring) }

    /// Looks at an error that SQLite gave to whoever writes or moves the log into the file.
    func note(_ error: any Error) {
        guard let error = error as? DatabaseError, Self.isFailedSync(error) else { return }
        if !isGone.exchange(true, ordering: .acquiringAndReleasing) {
            teller.yield("SQLite \(error.extendedResultCode.rawValue)")
        }
    }

    /// Nothing more will be heard.
    func finish() { teller.finish() }

    static func isFailedSync(_ error: DatabaseError) -> Bool {
        switch error.extendedResultCode {
        case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC: true
        default: false
        }
    }
}
