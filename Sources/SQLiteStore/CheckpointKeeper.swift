import GRDB
import GRDBSQLite
import Synchronization

/// Decides when the writer moves the WAL's pages into the file, instead of SQLite's own `wal_autocheckpoint`.
///
/// Everybody who wants to write waits for a checkpoint. Under moderate load a small one is hardly felt: 3 ms instead of
/// 15. Under full load a large one costs less in all, since it writes a page once that was changed many times. How many
/// callers share a commit tells the two apart, on average: single small commits come at full load too. On the writer's
/// connection, since two that write and checkpoint at the same moment can damage the file with SQLite before 3.51.3.
final class CheckpointKeeper: Sendable {
    /// Pages of 4 KiB in the WAL at which a checkpoint is due.
    private static let fewPages = 1000
    private static let manyPages = 4000
    /// At half load a commit has 2 to 6 callers, at full load some 20.
    private static let fewCallers = 10
    /// The average moves by an eighth of the difference with each commit; it is kept in 64ths.
    private static let unit = 64

    /// As of the latest commit; told by SQLite.
    private let pages = Atomic(0)
    /// Readers may keep a checkpoint from getting to the end of the WAL: the next is tried this many pages later.
    private let donePages = Atomic(0)
    private let averageCallers = Atomic(0)

    /// Listens to the connection's commits. Ends SQLite's own checkpoints on it.
    func watch(_ db: Database) {
        // Never released: the connection may commit after its writer is gone. One small object an opening.
        sqlite3_wal_hook(db.sqliteConnection, noteCommit, Unmanaged.passRetained(self).toOpaque())
    }

    /// After a commit: moves what no reader needs any more, when it is time. What fails is to be tried again with the
    /// next commit.
    /// - Parameter callers: how many shared the commit.
    func tend(_ db: Database, callers: Int) throws {
        let before = averageCallers.load(ordering: .relaxed)
        let average = before + (callers * Self.unit - before) / 8
        averageCallers.store(average, ordering: .relaxed)
        let new = pages.load(ordering: .relaxed) - donePages.load(ordering: .relaxed)
        guard new >= (average < Self.fewCallers * Self.unit ? Self.fewPages : Self.manyPages) else { return }
        _ = try db.checkpoint(.passive)
        donePages.store(pages.load(ordering: .relaxed), ordering: .relaxed)
    }

    fileprivate func committed(walPages: Int) {
        // A WAL that was moved whole begins anew.
        if walPages < pages.exchange(walPages, ordering: .relaxed) { donePages.store(0, ordering: .relaxed) }
    }
}

private let noteCommit:
    @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 = {
        keeper, _, _, pages in
        if let keeper {
            Unmanaged<CheckpointKeeper>.fromOpaque(keeper).takeUnretainedValue().committed(walPages: Int(pages))
        }
        return SQLITE_OK
    }
