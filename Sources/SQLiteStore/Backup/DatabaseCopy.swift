import Foundation
import GRDB

/// Copies a database file that a server may be writing, and tells whether a copy is whole.
///
/// A read-only connection holds one snapshot while SQLite's own backup copies its pages: the server goes on committing
/// and nothing of that reaches the copy. (Without the snapshot the copying would begin anew with each commit.) As long as
/// it takes, the WAL cannot be moved past that snapshot and grows by what is written meanwhile. The copy is examined after
/// the snapshot is over.
/// The pages are copied as they are, where `VACUUM INTO` would build every index again.
package enum DatabaseCopy {
    /// 8 MiB: often enough for a bar, and no step takes long.
    static let pagesPerStep: CInt = 2048

    /// Writes a copy that is one file without a WAL, readable by its owner only, and synced. It is there with all of its
    /// bytes or not at all: written under another name, compared with its source, and moved.
    /// - Parameters:
    ///   - path: the database, of this version or an older one.
    ///   - target: where the copy goes.
    ///   - replaces: whether a file that is there may be replaced.
    /// - Returns: what the copy holds.
    package static func write(
        of path: String, to target: String, replaces: Bool = false,
        progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) throws(CopyError) -> FileCensus {
        try write(of: path, to: target, replaces: replaces, pagesPerStep: pagesPerStep, progress: progress)
    }

    static func write(
        of path: String, to target: String, replaces: Bool, pagesPerStep: CInt,
        progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) throws(CopyError) -> FileCensus {
        if !replaces && access(target, F_OK) == 0 { throw .exists(path: target) }
        let draft = try draft(beside: target)
        var isMoved = false
        defer { if !isMoved { remove(draft) } }
        let census = try copy(path, into: draft, pagesPerStep: pagesPerStep, progress: progress)
        guard try examine(draft) == census else {
            throw .damaged(["the copy does not hold what its source held when the copying began"])
        }
        guard chmod(draft, 0o600) == 0, sync(draft), rename(draft, target) == 0 else { throw .cannotWrite(errno) }
        isMoved = true
        // The file's name is on the disk only with its folder.
        guard sync(folder(of: target)) else { throw .cannotWrite(errno) }
        return census
    }

    /// Reads the whole file: SQLite's own checks, that every reference leads somewhere, and that everything which is to
    /// be sent has its bytes.
    /// - Returns: what it holds.
    package static func examine(_ path: String) throws(CopyError) -> FileCensus {
        try reading(path) { db in
            var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
            let dangling = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
            if dangling > 0 { problems.append("\(dangling) rows refer to rows that are not there") }
            let census = try FileCensus(db)
            if census.tables.contains(where: { $0.name == "packed_payloads" }) {
                // Nothing is left to send of an order whose person was forgotten. Older files know no such orders.
                let knowsErasing = try db.columns(in: "orders").contains { $0.name == "erased_at" }
                let forgotten = knowsErasing ? "SELECT id FROM orders WHERE erased_at IS NOT NULL" : "SELECT 0 WHERE 0"
                let empty = try db.integer(
                    """
                    SELECT count(*) FROM deliveries d WHERE state <> 2 AND order_id NOT IN (\(forgotten)) AND NOT EXISTS
                    (SELECT 1 FROM payloads WHERE id = d.id UNION ALL SELECT 1 FROM packed_payloads WHERE id = d.id)
                    """)
                if let empty, empty > 0 { problems.append("\(empty) deliveries are to be sent and have no bytes") }
            }
            guard problems.isEmpty else { throw CopyError.damaged(problems) }
            return census
        }
    }

    private static func copy(
        _ path: String, into draft: String, pagesPerStep: CInt, progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) throws(CopyError) -> FileCensus {
        try reading(path) { db in
            // Its first read begins the snapshot.
            let census = try FileCensus(db)
            let pageCount = try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let pageBytes = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0
            try requireRoom(for: pageCount * pageBytes, at: draft)
            do {
                let copy = try DatabaseQueue(path: draft)
                try copy.writeWithoutTransaction { copy in
                    try db.backup(to: copy, pagesPerStep: pagesPerStep) { step in
                        progress(step.totalPageCount - step.remainingPageCount, step.totalPageCount)
                    }
                    // One file: it needs no others beside it to be opened, on whatever disk.
                    _ = try String.fetchOne(copy, sql: "PRAGMA journal_mode = DELETE")
                }
                try copy.close()
            } catch let error as DatabaseError where error.resultCode != .SQLITE_CORRUPT {
                throw CopyError.cannotWrite(reason: error.message ?? "SQLite \(error.extendedResultCode.rawValue)")
            }
            return census
        }
    }

    private static func reading<Value>(
        _ path: String, _ look: (Database) throws -> Value
    ) throws(CopyError) -> Value {
        do {
            try DatabaseFile.requireExisting(path, writable: false)
            try DatabaseFile.requireOurs(path)
            let queue = try DatabaseQueue(path: path, configuration: ConnectionSettings.reading)
            let value = try queue.read(look)
            try queue.close()
            return value
        } catch {
            throw CopyError(reading: error)
        }
    }

    // MARK: Files

    /// The name says whose it is, so that one whose process is gone can be told from one that is being written.
    private static func draft(beside target: String) throws(CopyError) -> String {
        let draft = "\(target).\(getpid()).part"
        remove(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotWrite(errno) }
        close(descriptor)
        return draft
    }

    private static func remove(_ draft: String) {
        unlink(draft)
        unlink(draft + "-journal")
    }

    private static func requireRoom(for bytes: Int64, at path: String) throws {
        guard let free = DiskSpace(beside: path)?.freeBytes, free < bytes else { return }
        throw CopyError.cannotWrite(reason: "it takes \(bytes >> 20) MiB, and \(free >> 20) MiB are free there")
    }

    static func sync(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }

    static func folder(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
}

extension CopyError {
    static func cannotWrite(_ code: Int32) -> CopyError { .cannotWrite(reason: String(cString: strerror(code))) }
}
