import GRDB
import Orders

/// The keys of some orders, newest first, as one index yields them.
struct KeyStream: Sendable {
    /// What is checked on each order that the index yields, where the index does not say it itself.
    struct Filter {
        let condition: String

        init(statuses: Set<OrderStatus>, flag: OrderFlag?) {
            var conditions: [String] = []
            if !statuses.isEmpty { conditions.append("(1 << o.status) & \(statuses.mask)") }
            if let flag { conditions.append("o.flags & \(flag.code)") }
            condition = conditions.joined(separator: " AND ")
        }
    }

    /// `SELECT … FROM` this `WHERE` that, with the key's name; conditions on the key are added.
    private let source: String
    private let key: String
    private let arguments: [any Bindable]
    let isEmpty: Bool
    /// It yields at least so many keys when it is asked for all.
    let least: Int

    private init(
        _ source: String, key: String = "o.id", arguments: [any Bindable] = [], isEmpty: Bool = false, least: Int = 0
    ) {
        self.source = source
        self.key = key
        self.arguments = arguments
        self.isEmpty = isEmpty
        self.least = least
    }

    static let all = KeyStream("orders o WHERE 1")

    var isAll: Bool { source == Self.all.source }

    init(status: OrderStatus) {
        self.init("orders o INDEXED BY orders_status WHERE o.status = ?", arguments: [status.code])
    }

    init(flag: OrderFlag, filter: Filter) {
        self.init("orders o INDEXED BY orders_flag_\(flag.code) WHERE \(filter.condition)")
    }

    init(matching question: SearchIndex.Question) {
        self.init(
            "search s WHERE s.search MATCH ?", key: "s.rowid", arguments: [question.expression], least: question.least)
    }

    /// Few keys, known already.
    init(keys: [Int64], filter: Filter) {
        let marks = Array(repeating: "?", count: keys.count).joined(separator: ", ")
        let condition = filter.condition.isEmpty ? "" : " AND \(filter.condition)"
        self.init(
            "orders o WHERE o.id IN (\(marks))\(condition)", arguments: keys, isEmpty: keys.isEmpty
        )
    }

    /// The statement that `keys` runs; the arguments after the stream's own are the range and the limit.
    var sql: String {
        "SELECT \(key) FROM \(source) AND \(key) >= ? AND \(key) < ? ORDER BY \(key) DESC LIMIT ?"
    }

    func keys(_ db: Database, from lowest: Int64, before end: Int64, limit: Int) throws -> [Int64] {
        if isEmpty { return [] }
        return try db.integers(sql, arguments + [lowest, end, limit])
    }

    func cursor(_ db: Database, from lowest: Int64, before end: Int64) throws -> IntegerCursor {
        try db.cursor(sql, arguments + [lowest, end, Int64.max])
    }

    /// Counts no further than `limit`.
    func count(_ db: Database, from lowest: Int64, before end: Int64, limit: Int) throws -> Int {
        if isEmpty { return 0 }
        let isUnbounded = lowest == 0 && end == .max
        let range = isUnbounded ? "" : " AND \(key) >= ? AND \(key) < ?"
        let bounds: [any Bindable] = isUnbounded ? [] : [lowest, end]
        let count = try db.integer(
            "SELECT count(*) FROM (SELECT 1 FROM \(source)\(range) LIMIT ?)",
            arguments + bounds + [limit])
        return Int(count ?? 0)
    }
}
