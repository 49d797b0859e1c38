import Foundation
import GRDB

/// What can be told of a file before it is opened for work.
enum DatabaseFile {
    static func requireExisting(_ path: String, writable: Bool) throws(OpenError) {
        guard access(path, F_OK) == 0 else { throw .missing }
        // A folder or a device would give errors that look like a failing disk's.
        guard let facts = facts(of: path), facts.st_mode & S_IFMT == S_IFREG else { throw .notADatabase }
        guard access(path, R_OK) == 0 else { throw .unreadableFile }
        if writable && access(path, W_OK) != 0 { throw .readOnlyFile }
    }

    /// A file of ours with exactly the steps that this version knows.
    static func requireCurrent(_ path: String) throws(OpenError) {
        try inspect(path) { db in
            guard try isOurs(db) else { throw try isEmpty(db) ? OpenError.tooOld : .notADatabase }
            if try Schema.migrator.hasBeenSuperseded(db) { throw OpenError.tooNew }
            guard try Schema.migrator.hasCompletedMigrations(db) else { throw OpenError.tooOld }
        }
    }

    /// A file of ours, not newer than this version.
    static func requireOurs(_ path: String) throws(OpenError) {
        try inspect(path) { db in
            guard try isOurs(db) else { throw OpenError.notADatabase }
            if try Schema.migrator.hasBeenSuperseded(db) { throw OpenError.tooNew }
        }
    }

    /// A file of ours, not newer than this version, or an empty one.
    static func requireMigratable(_ path: String) throws(OpenError) {
        try inspect(path) { db in
            guard try isOurs(db) else {
                guard try isEmpty(db) else { throw OpenError.notADatabase }
                return
            }
            if try Schema.migrator.hasBeenSuperseded(db) { throw OpenError.tooNew }
        }
    }

    /// Errors of SQLite as what they mean for the one who starts the program.
    static func reporting<Value>(_ work: () throws -> Value) throws(OpenError) -> Value {
        do {
            return try work()
        } catch let error as OpenError {
            throw error
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_NOTADB: throw .notADatabase
            case .SQLITE_READONLY: throw .readOnlyFile
            case .SQLITE_CORRUPT: throw .damaged
            case .SQLITE_BUSY, .SQLITE_LOCKED: throw .busy
            case .SQLITE_FULL: throw .diskFull
            case .SQLITE_IOERR: throw .diskError(code: error.extendedResultCode.rawValue)
            default: throw .cannotOpen(reason: error.message ?? "SQLite \(error.extendedResultCode.rawValue)")
            }
        } catch {
            throw .cannotOpen(reason: "\(type(of: error))")
        }
    }

    /// Looks without changing anything: a pool would set the journal mode of a stranger's file, and SQLite would make
    /// the files of its WAL mode beside one that has none.
    private static func inspect(_ path: String, _ look: (Database) throws -> Void) throws(OpenError) {
        try reporting {
            var configuration = ConnectionSettings.reading
            configuration.label = "mailroom.inspection"
            let hasLog = access(path + "-wal", F_OK) == 0
            let queue = try DatabaseQueue(path: hasLog ? path : unchanging(path), configuration: configuration)
            try queue.read { db in
                try requireWholePages(path, db)
                try look(db)
            }
            try queue.close()
        }
    }

    /// SQLite reads a last page that is cut off as if zeros followed. With a log beside the file it is whole in there.
    private static func requireWholePages(_ path: String, _ db: Database) throws {
        guard facts(of: path + "-wal")?.st_size ?? 0 == 0, let size = facts(of: path)?.st_size else { return }
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
        guard Int(size).isMultiple(of: pageSize) else { throw OpenError.damaged }
    }

    private static func facts(of path: String) -> stat? {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts : nil
    }

    /// Looks into a copy of any version of ours that is not newer. Beside a copy alone no file is made; one with a log of
    /// commits beside it is read with it.
    static func look<Value>(into path: String, _ look: (Database) throws -> Value) throws(OpenError) -> Value {
        let hasLog = access(path + "-wal", F_OK) == 0
        return try reporting {
            var configuration = ConnectionSettings.reading
            configuration.label = "mailroom.look"
            let queue = try DatabaseQueue(
                path: hasLog ? path : unchanging(path), configuration: configuration)
            let value = try queue.read { db in
                guard try isOurs(db) else { throw OpenError.notADatabase }
                if try Schema.migrator.hasBeenSuperseded(db) { throw OpenError.tooNew }
                return try look(db)
            }
            try queue.close()
            return value
        }
    }

    /// SQLite's name for a file that nobody changes meanwhile.
    private static func unchanging(_ path: String) -> String {
        let escaped = path.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0x80...: "%" + String(byte, radix: 16)
            default: String(UnicodeScalar(byte))
            }
        }
        return "file:" + (path.hasPrefix("/") ? "//" : "") + escaped.joined() + "?immutable=1"
    }

    private static func isOurs(_ db: Database) throws -> Bool {
        try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID
    }

    private static func isEmpty(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
    }
}
