import GRDB
package import Orders

/// What a database file holds, counted in one snapshot: two files with the same census hold as much of everything.
package struct FileCensus: Sendable, Hashable {
    package struct Table: Sendable, Hashable {
        package let name: String
        package let rows: Int

        package init(name: String, rows: Int) {
            self.name = name
            self.rows = rows
        }
    }

    /// The steps of the schema that the file has been through.
    package let steps: [String]
    /// By name.
    package let tables: [Table]
    /// When the newest order was placed; nil without any.
    package let newestOrderAt: Timestamp?

    package init(steps: [String], tables: [Table], newestOrderAt: Timestamp?) {
        self.steps = steps
        self.tables = tables
        self.newestOrderAt = newestOrderAt
    }

    package func rows(in table: String) -> Int { tables.first { $0.name == table }?.rows ?? 0 }

    /// Counts all tables but the virtual ones, whose own tables are counted.
    init(_ db: Database) throws {
        let names = try db.rows(
            """
            SELECT name FROM sqlite_schema
            WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name
            """
        ) { try $0.text() }
        tables = try names.map { name in
            Table(name: name, rows: Int(try db.integer("SELECT count(*) FROM \"\(name)\"") ?? 0))
        }
        steps = try db.rows("SELECT identifier FROM grdb_migrations ORDER BY identifier") { try $0.text() }
        newestOrderAt = try db.integer("SELECT max(id) FROM orders").map { OrderID(value: $0).timestamp }
    }
}
