import GRDB
import Orders

/// The table `titles`, in the order of first import.
struct CatalogTable {
    let db: Database

    func read() throws -> Catalog {
        let titles = try db.rows(
            """
            SELECT sku, title, language, format, description, unit_weight, max_quantity, available, pdf_url
            FROM titles ORDER BY position
            """
        ) { columns in
            try Title(
                sku: columns.text(), title: columns.text(), language: columns.text(), format: columns.text(),
                description: columns.optionalText(), unitWeight: columns.weight(), maxQuantity: columns.int(),
                available: columns.bool(), pdfURL: columns.optionalText())
        }
        let version = try db.integer("SELECT value FROM meta WHERE key = 'catalog_version'")
        return Catalog(titles: titles, version: version ?? 0)
    }

    /// Writes the titles that differ from what is stored.
    func put(_ titles: [Title]) throws -> CatalogChange {
        let catalog = try read()
        let change = CatalogChange(putting: titles, into: catalog)
        let differing = titles.filter { catalog[$0.sku] != $0 }
        for title in differing { try write(title) }
        if !differing.isEmpty { try db.run("UPDATE meta SET value = value + 1 WHERE key = 'catalog_version'") }
        return change
    }

    private func write(_ title: Title) throws {
        try db.run(
            """
            INSERT INTO titles (sku, title, language, format, description, unit_weight, max_quantity, available, pdf_url)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (sku) DO UPDATE SET title = excluded.title, language = excluded.language,
                format = excluded.format, description = excluded.description, unit_weight = excluded.unit_weight,
                max_quantity = excluded.max_quantity, available = excluded.available, pdf_url = excluded.pdf_url
            """,
            [
                title.sku, title.title, title.language, title.format, title.description, title.unitWeight.description,
                title.maxQuantity, title.available, title.pdfURL,
            ])
    }
}
