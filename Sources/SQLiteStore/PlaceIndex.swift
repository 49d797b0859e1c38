import GRDB
import Orders

/// The index over the numbers of orders, by their places (`OrderNumber.place`): orders that are placed one after the
/// other share its pages, although their numbers look random. Each number has one place, so it is unique by it.
enum PlaceIndex {
    static let name = "orders_place"

    /// SQLite finds a number through the index only where this stands word for word.
    static let expression = "(number / 10 * 1536909 % 1000000000)"

    /// Step 10 of the schema. The table came with an index over the numbers themselves, which only a new table is rid of.
    /// Foreign keys must be off.
    static func replaceNumberIndex(on db: Database) throws {
        let table = try text("SELECT sql FROM sqlite_schema WHERE name = 'orders'", on: db)
        guard let table else { throw Corruption("there is no table of orders") }
        let ownIndex = "number INTEGER NOT NULL UNIQUE CHECK"
        if table.contains(ownIndex), let head = table.firstIndex(of: "(") {
            let indexes = try db.rows(
                "SELECT sql FROM sqlite_schema WHERE tbl_name = 'orders' AND type <> 'table' AND sql IS NOT NULL"
            ) { try $0.text() }
            let columns = table[head...].replacing(ownIndex, with: "number INTEGER NOT NULL CHECK")
            try db.execute(
                sql: """
                    CREATE TABLE orders_anew \(columns);
                    INSERT INTO orders_anew SELECT * FROM orders;
                    DROP TABLE orders;
                    ALTER TABLE orders_anew RENAME TO orders;
                    """)
            for index in indexes { try db.execute(sql: index) }
        }
        try db.execute(sql: "CREATE UNIQUE INDEX \(name) ON orders (\(expression))")
    }

    private static func text(_ sql: String, on db: Database) throws -> String? {
        var columns = try db.row(sql)
        return try columns?.text()
    }
}
