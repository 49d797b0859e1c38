import Orders
import SQLiteStore
import TestSupport
import Testing

@Suite struct ConformanceTests {
    @Test("the SQLite store meets the seam", arguments: StoreConformance.cases)
    func meetsTheSeam(_ behaviour: StoreConformance.Case) async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let path = database.path
        let conformance = StoreConformance(store: store) {
            await store.close()
            return try OrderDatabase.open(path: path, queueLimit: 1000)
        }
        try await behaviour.check(conformance)
        withExtendedLifetime(database.folder) {}
    }
}
