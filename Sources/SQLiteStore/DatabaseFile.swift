import Foundation
import GRDB

/// What can be told of a file before it is opened for work.
enum DatabaseFile {
    static func requireExisting(_ path: String, writable: Bool) throws(OpenError) {
        guard access(path, F_OK) == 0 else { throw .missing }
        guard access(path, R_OK) == 0 else { throw .cannotOpen(reason: "it may not be read; check its owner and mode") }
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
            default: throw .cannotOpen(reason: error.message ?? "SQLite \(error.extendedResultCode.rawValue)")
            }
        } catch {
            throw .cannotOpen(reason: "\(type(of: error))")
        }
    }

    /// Looks without changing anything: a pool would set the journal mode of a stranger's file.
    private static func inspect(_ path: String, _ look: (Database) throws -> Void) throws(OpenError) {
        try reporting {
            var configuration = ConnectionSettings.reading
            configuration.label = "mailroom.inspection"
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read(look)
            try queue.close()
        }
    }

    private static func isOurs(_ db: Database) throws -> Bool {
        try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID
    }

    private static func isEmpty(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
    }
}
