import GRDB
package import Orders

/// Counts orders that still hold a person although their time is over, also in files of earlier versions.
package enum RetentionLook {
    /// What one file holds.
    package struct Finding: Sendable, Hashable {
        package let orders: Int
        /// With a person, past their time.
        package let due: Int

        package init(orders: Int, due: Int) {
            self.orders = orders
            self.due = due
        }
    }

    /// Looks into a copy of a database without changing it or leaving anything beside it.
    package static func look(
        into path: String, by rule: RetentionRule, at now: Timestamp
    ) throws(OpenError) -> Finding {
        try DatabaseFile.requireExisting(path, writable: false)
        return try DatabaseFile.look(into: path) { db in
            let orders = try db.integer("SELECT count(*) FROM orders") ?? 0
            return Finding(orders: Int(orders), due: try due(in: db, rule.limits(at: now)))
        }
    }

    static func due(in db: Database, _ limits: RetentionLimits) throws -> Int {
        let knowsErasing = try db.integer("SELECT 1 FROM pragma_table_info('orders') WHERE name = 'erased_at'") != nil
        let end = OrderID.lowest(at: limits.placed.adding(milliseconds: 1))
        let finals = OrderStatus.allCases.filter(\.isFinal).mask
        let counts =
            knowsErasing
            ? [
                try db.integer(
                    """
                    SELECT count(*) FROM orders INDEXED BY orders_due
                    WHERE final_at IS NOT NULL AND erased_at IS NULL AND final_at <= ?
                    """, [limits.final.milliseconds]),
                try db.integer(
                    """
                    SELECT count(*) FROM orders WHERE id >= ? AND id < ? AND erased_at IS NULL
                        AND (final_at IS NULL OR final_at > ?)
                    """, [MetaTable(db: db).value(.erasedBelow), end, limits.final.milliseconds]),
            ]
            : [
                // An earlier version: when the status became final is not told; the last change is the latest it can be.
                try db.integer(
                    "SELECT count(*) FROM orders WHERE id < ? OR (1 << status) & ? AND updated_at <= ?",
                    [end, finals, limits.final.milliseconds])
            ]
        return Int(counts.compactMap(\.self).reduce(0, +))
    }
}
