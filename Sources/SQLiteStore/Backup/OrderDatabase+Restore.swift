import Foundation
import GRDB

/// What a restore did.
package struct RestoreReport: Sendable, Hashable {
    package let census: FileCensus
    /// Where the database that was there lies now; nil when there was none.
    package let keptAs: String?
}

extension OrderDatabase {
    /// Puts a copy of a backup where the database is, after examining it from end to end. Takes the database's lock, so
    /// no server may be running. What was there is kept beside it under another name.
    /// - Parameters:
    ///   - replaces: whether a database that is there may be put aside.
    ///   - stamp: goes into the name of what is put aside.
    package static func restore(
        _ backup: String, to path: String, replaces: Bool, stamp: String,
        progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) throws(CopyError) -> RestoreReport {
        let lock = try lock(beside: path)
        defer { withExtendedLifetime(lock) {} }
        if access(path, F_OK) == 0, !replaces { throw .exists(path: path) }
        let draft = path + ".restored"
        let census = try DatabaseCopy.write(of: backup, to: draft, replaces: true, progress: progress)
        let keptAs = try putAside(path, stamp: stamp)
        guard rename(draft, path) == 0, DatabaseCopy.sync(DatabaseCopy.folder(of: path)) else {
            throw .cannotWrite(errno)
        }
        return RestoreReport(census: census, keptAs: keptAs)
    }

    private static func isEmpty(_ path: String) -> Bool {
        let found = try? FileManager.default.attributesOfItem(atPath: path)
        return (found?[.size] as? NSNumber)?.intValue == 0
    }

    private static func lock(beside path: String) throws(CopyError) -> FileLock {
        do {
            return try FileLock(beside: path)
        } catch {
            if case .locked(let holder) = error { throw .inUse(holder: holder) }
            throw .cannotWrite(reason: error.message)
        }
    }

    /// The old file goes first, then its WAL: a WAL must never lie beside another database than its own, or SQLite
    /// would play it into that one. Interrupted between the two, the next restore moves the WAL.
    private static func putAside(_ path: String, stamp: String) throws(CopyError) -> String? {
        // Moves what the WAL holds into the file, so that there is one file to keep. A damaged one is kept as it is.
        if access(path, F_OK) == 0, let queue = try? DatabaseQueue(path: path) {
            _ = try? queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try? queue.close()
        }
        let aside = "\(path).before-\(stamp)"
        // Only the processes that have the file open share this one; it is made anew.
        unlink(path + "-shm")
        var hasMoved = false
        for ending in ["", "-wal"] where access(path + ending, F_OK) == 0 {
            if ending == "-wal", isEmpty(path + ending) {
                unlink(path + ending)
                continue
            }
            guard access(aside + ending, F_OK) != 0 else { throw .exists(path: aside + ending) }
            guard rename(path + ending, aside + ending) == 0 else { throw .cannotWrite(errno) }
            hasMoved = true
        }
        return hasMoved ? aside : nil
    }
}
