/// Remembers the catalog. Placed orders never change with it: they hold snapshots.
package protocol CatalogStore: Sendable {
    /// The whole catalog as of the latest commit, from memory.
    var catalog: Catalog { get }

    /// Writes these titles, new or changed, all or none; those not named stay untouched.
    func put(_ titles: [Title]) async throws(StoreError) -> CatalogChange
}

/// What a put or an import did, or would do.
package struct CatalogChange: Sendable, Hashable {
    package let added: [String]
    package let changed: [String]
    package let unchanged: Int

    package init(added: [String], changed: [String], unchanged: Int) {
        self.added = added
        self.changed = changed
        self.unchanged = unchanged
    }

    /// What putting `titles` into `catalog` changes. Pure; a preview and the real thing cannot differ.
    package init(putting titles: [Title], into catalog: Catalog) {
        added = titles.filter { catalog[$0.sku] == nil }.map(\.sku)
        changed = titles.filter { title in catalog[title.sku].map { $0 != title } ?? false }.map(\.sku)
        unchanged = titles.count - added.count - changed.count
    }
}
