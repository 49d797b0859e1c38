import GRDB
import Orders

/// The keys of some orders, newest or oldest first, as one index yields them.
struct KeyStream: Sendable {
    /// What is checked on each order that the index yields, where the index does not say it itself.
    struct Filter {
        let condition: String

        init(_ query: OrderQuery) {
            var conditions: [String] = []
            if !query.statuses.isEmpty {
                let isOne = "(1 << o.status) & \(query.statuses.mask)"
                let orFlag = query.flag == nil ? query.orFlag : nil
                conditions.append(orFlag.map { "(\(isOne) OR o.flags & \($0.code))" } ?? isOne)
            }
            if let flag = query.flag { conditions.append("o.flags & \(flag.code)") }
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

    /// Orders with the flag that are in none of these states.
    init(flag: OrderFlag, beside statuses: Set<OrderStatus>) {
        self.init(
            "orders o INDEXED BY orders_flag_\(flag.code) WHERE o.flags & \(flag.code)"
                + " AND NOT (1 << o.status) & \(statuses.mask)")
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
    func sql(isAscending: Bool = false) -> String {
        "SELECT \(key) FROM \(source) AND \(key) >= ? AND \(key) < ? "
            + "ORDER BY \(key) \(isAscending ? "ASC" : "DESC") LIMIT ?"
    }

    func keys(_ db: Database, in range: KeyRange, limit: Int) throws -> [Int64] {
        if isEmpty { return [] }
        return try db.integers(sql(isAscending: range.isAscending), arguments + [range.lowest, range.end, limit])
    }

    func cursor(_ db: Database, in range: KeyRange) throws -> IntegerCursor {
        try db.cursor(sql(isAscending: range.isAscending), arguments + [range.lowest, range.end, Int64.max])
    }

    /// Counts no further than `limit`.
    func count(_ db: Database, in range: KeyRange, limit: Int) throws -> Int {
        if isEmpty { return 0 }
        let condition = range.isUnbounded ? "" : " AND \(key) >= ? AND \(key) < ?"
        let bounds: [any Bindable] = range.isUnbounded ? [] : [range.lowest, range.end]
        let count = try db.integer(
            "SELECT count(*) FROM (SELECT 1 FROM \(source)\(condition) LIMIT ?)",
            arguments + bounds + [limit])
        return Int(count ?? 0)
    }
}
