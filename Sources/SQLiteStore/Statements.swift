import Foundation
import GRDB
import Orders

/// Statements are compiled once per connection: all SQL of this module goes through these.
extension Database {
    /// - Returns: how many rows changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }

    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> ColumnReader? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments).map(ColumnReader.init)
    }

    func rows<Value>(
        _ sql: String, _ arguments: StatementArguments = [], _ read: (inout ColumnReader) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        while let row = try cursor.next() {
            var columns = ColumnReader(row)
            values.append(try read(&columns))
        }
        return values
    }

    func integer(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    func integers(_ sql: String, _ arguments: StatementArguments = []) throws -> [Int64] {
        try Int64.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }
}

/// Reads a row's columns from left to right. A column that does not hold what it must throws `Corruption`: a damaged
/// file is an error, not a crash.
struct ColumnReader {
    private let row: Row
    private var index = 0

    init(_ row: Row) { self.row = row }

    private mutating func next() -> DatabaseValue.Storage {
        defer { index += 1 }
        let value: DatabaseValue = row[index]
        return value.storage
    }

    private func wrong(_ expected: String) -> Corruption {
        Corruption("column \(index - 1) of \(row.count) is not \(expected)")
    }

    mutating func optionalInteger() throws -> Int64? {
        switch next() {
        case .int64(let value): value
        case .null: nil
        default: throw wrong("an integer")
        }
    }

    mutating func integer() throws -> Int64 {
        guard let value = try optionalInteger() else { throw wrong("an integer") }
        return value
    }

    mutating func int() throws -> Int { Int(try integer()) }

    mutating func bool() throws -> Bool { try integer() != 0 }

    mutating func timestamp() throws -> Timestamp { Timestamp(milliseconds: try integer()) }

    mutating func optionalTimestamp() throws -> Timestamp? { try optionalInteger().map(Timestamp.init(milliseconds:)) }

    mutating func optionalText() throws -> String? {
        switch next() {
        case .string(let value): value
        case .null: nil
        default: throw wrong("a text")
        }
    }

    mutating func text() throws -> String {
        guard let value = try optionalText() else { throw wrong("a text") }
        return value
    }

    mutating func bytes() throws -> [UInt8] {
        guard case .blob(let data) = next() else { throw wrong("a blob") }
        return Array(data)
    }

    mutating func code<Value: Coded>(_ type: Value.Type = Value.self) throws -> Value {
        let code = try integer()
        guard let value = Value.coded(code) else { throw wrong("a known \(type)") }
        return value
    }

    mutating func orderNumber() throws -> OrderNumber {
        guard let number = OrderNumber(value: try integer()) else { throw wrong("an order number") }
        return number
    }

    mutating func weight() throws -> StatedWeight {
        guard let weight = StatedWeight(parsing: try text()) else { throw wrong("a weight") }
        return weight
    }
}

extension [UInt8] {
    /// As SQLite's blob.
    var blob: Data { Data(self) }
}
