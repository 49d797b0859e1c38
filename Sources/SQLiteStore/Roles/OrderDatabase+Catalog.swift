import GRDB
package import Orders
import Synchronization

extension OrderDatabase {
    package var catalog: Catalog { latestCatalog.withLock { $0 } }

    package func put(_ titles: [Title]) async throws(StoreError) -> CatalogChange {
        let (change, catalog) = try await write { db in
            let table = CatalogTable(db: db)
            return (try table.put(titles), try table.read())
        }
        // Two that were committed together may come here in either order.
        latestCatalog.withLock { latest in if catalog.version > latest.version { latest = catalog } }
        return change
    }
}
