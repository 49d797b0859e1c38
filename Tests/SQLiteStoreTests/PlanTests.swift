import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// The statements that run often use the index they were given, and none of them sorts.
@Suite struct PlanTests {
    private func plan(_ database: DatabaseInFolder, _ sql: String) throws -> String {
        try database.inspect { db in
            let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN \(sql)")
            // The plan does not depend on the values.
            statement.setUncheckedArguments([])
            return try Row.fetchAll(statement).map { $0["detail"] as String }.joined(separator: "\n")
        }
    }

    @Test func listsFollowAnIndexAndDoNotSort() throws {
        let database = try DatabaseInFolder()
        var query = OrderQuery()
        query.statuses = [.placed, .onHold]
        query.flag = .nearLimit
        let some = KeyStream.Filter(query)
        let streams: [(stream: KeyStream, index: String)] = [
            (.all, "INTEGER PRIMARY KEY"),
            (KeyStream(status: .placed), "COVERING INDEX orders_status"),
            (KeyStream(flag: .nearLimit, filter: some), "orders_flag_16"),
            (KeyStream(flag: .deliveryExhausted, beside: [.onHold]), "orders_flag_8"),
            (KeyStream(matching: SearchIndex.Question(expression: "\"a\"*")), "VIRTUAL TABLE INDEX"),
            (KeyStream(keys: [1, 2], filter: some), "INTEGER PRIMARY KEY"),
        ]
        for (stream, index) in streams {
            for isAscending in [false, true] {
                let sql = stream.sql(isAscending: isAscending)
                let plan = try plan(database, sql)
                #expect(plan.contains(index), "\(sql)\n\(plan)")
                #expect(!plan.contains("TEMP B-TREE"), "\(sql)\n\(plan)")
            }
        }
    }

    @Test func everyFlagHasItsIndex() throws {
        let database = try DatabaseInFolder()
        for flag in OrderFlag.allCases {
            var query = OrderQuery()
            query.flag = flag
            let stream = KeyStream(flag: flag, filter: KeyStream.Filter(query))
            #expect(try plan(database, stream.sql()).contains("orders_flag_\(flag.code)"))
        }
    }

    @Test func theRelaysStatementsStayInTheQueuesIndex() async throws {
        let database = try DatabaseInFolder()
        let statements = try await database.store.statements(of: {
            let now = SampleOrders.start
            _ = try await database.store.recover(now: now, stepsSeconds: [100])
            for probe in [false, true] {
                _ = try await database.store.claim(
                    ClaimRequest(endpoint: "fulfillment", limit: 1, now: now, isProbe: probe))
            }
            try await database.store.wake(endpoint: "fulfillment", now: now, batch: 1, spreadSeconds: 1)
            try await database.store.shiftDueTimes(milliseconds: 1, now: now, stepsSeconds: [100])
            _ = try await database.store.write { db in
                _ = try DeliveryQueue(db: db, epoch: 1).waiting(endpoint: "fulfillment")
                return try EndpointTable(db: db).endpoints()
            }
        })
        let queries = statements.filter { $0.contains("deliveries") && !$0.hasPrefix("EXPLAIN") }
        #expect(queries.count >= 6)
        for sql in queries {
            let plan = try plan(database, sql)
            #expect(!plan.contains("SCAN deliveries\n") && !plan.hasSuffix("SCAN deliveries"), "\(sql)\n\(plan)")
            #expect(!plan.contains("SCAN d\n") && !plan.hasSuffix("SCAN d"), "\(sql)\n\(plan)")
        }
    }
}

extension OrderDatabase {
    /// The SQL that the writer's connection runs during `work`.
    fileprivate func statements(of work: () async throws -> Void) async throws -> [String] {
        let log = Log<String>()
        try await pool.writeWithoutTransaction { db in
            db.trace(options: .statement) { event in log.add(String(describing: event)) }
        }
        try await work()
        try await pool.writeWithoutTransaction { $0.trace(options: []) }
        return log.entries
    }
}
