import GRDB
import Orders

/// A row that no version of this program can have written.
struct Corruption: Error {
    let detail: String

    init(_ detail: String) { self.detail = detail }
}

extension StoreError {
    /// The one place where errors of SQLite get their meaning. Never quotes SQLite's message, which may hold what
    /// somebody typed.
    init(_ error: any Error) {
        self =
            switch error {
            case let error as StoreError: error
            case is CancellationError: .cancelled
            case let error as Corruption: .corrupt(detail: error.detail)
            case is DiskTrust.Lost: .unavailable(reason: "the disk failed to sync")
            case let error as DatabaseError: Self.meaning(of: error)
            default: .corrupt(detail: "unexpected error of type \(type(of: error))")
            }
    }

    private static func meaning(of error: DatabaseError) -> StoreError {
        let detail = "SQLite \(error.extendedResultCode.rawValue) in: \(error.sql?.prefix(80) ?? "no statement")"
        return switch error.resultCode {
        case .SQLITE_FULL: .unavailable(reason: "the disk is full")
        case .SQLITE_BUSY, .SQLITE_LOCKED: .unavailable(reason: "the database is locked")
        case .SQLITE_READONLY: .unavailable(reason: "the database cannot be written")
        case .SQLITE_CANTOPEN: .unavailable(reason: "the database file cannot be opened")
        case .SQLITE_NOMEM: .unavailable(reason: "out of memory")
        // GRDB's answer once the connection is closed.
        case .SQLITE_MISUSE: .unavailable(reason: "the database is closed")
        case .SQLITE_INTERRUPT, .SQLITE_ABORT: .cancelled
        case .SQLITE_IOERR where isRefusedWrite(error): .unavailable(reason: "the disk does not take writes")
        // After a failed sync nothing is known of what is on the disk: as bad as a damaged file. See `DiskTrust`.
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR: .corrupt(detail: detail)
        default: .corrupt(detail: detail)
        }
    }

    /// The transaction was rolled back, and nothing of it can be read: its last frame did not get into the log, or the
    /// log's index did not learn of it. The index lies on the same disk and is full when that is.
    private static func isRefusedWrite(_ error: DatabaseError) -> Bool {
        switch error.extendedResultCode {
        case .SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMOPEN,
            .SQLITE_IOERR_SHMMAP:
            true
        default: false
        }
    }
}
