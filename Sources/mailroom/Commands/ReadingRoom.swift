import Orders
import SQLiteStore

/// Where commands that only read do it: in the file itself, opened read-only, whether a server runs or not.
enum ReadingRoom {
    static func open<Result: Sendable>(
        _ settings: Settings, _ read: (any Store) async throws -> Result
    ) async throws -> Result {
        let database: OrderDatabase
        do {
            database = try OrderDatabase.openReadOnly(path: settings.databasePath)
        } catch {
            throw Failure(error, database: settings.databasePath)
        }
        do {
            let result = try await read(database)
            await database.close()
            return result
        } catch {
            await database.close()
            if let error = error as? StoreError { throw Failure(error) }
            throw error
        }
    }
}
