import GRDB
import Orders
import SQLiteStore
import TestSupport

/// A database file of a test's own.
struct DatabaseInFolder {
    let folder: TemporaryFolder
    let path: String
    let store: OrderDatabase

    init(queueLimit: Int = 1000) throws {
        folder = try TemporaryFolder()
        path = folder.path + "/mailroom.db"
        _ = try OrderDatabase.migrate(path: path)
        store = try OrderDatabase.open(path: path, queueLimit: queueLimit)
    }

    /// Looks into the file with a connection of its own.
    func inspect<Value>(_ look: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read(look)
    }

    /// Closes the store, so that nothing happens by itself, and works on the file with a plain connection.
    func closed(_ work: @Sendable (Database) throws -> Void) async throws {
        await store.close()
        let queue = try DatabaseQueue(path: path)
        try await queue.write(work)
        try queue.close()
    }
}
