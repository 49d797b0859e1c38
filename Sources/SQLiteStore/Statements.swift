import Foundation
import GRDB
import GRDBSQLite
import Orders

/// Statements are compiled once per connection: all SQL of this module goes through these.
///
/// They bind and step SQLite's own statement. GRDB keeps the connection, the pool and the cache of statements, but its
/// way to run one (values as enums in arrays, checks and observers around each step) cost an order nearly half as much
/// as SQLite's own work on it; see `Tests/Benchmarks/NOTES.md`. So no observer of GRDB hears of what is written here.
extension Database {
    /// - Returns: how many rows changed.
    @discardableResult
    func run(_ sql: String, _ arguments: [any Bindable] = []) throws -> Int {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        return try withUnsafeTemporaryAllocation(byteCount: BindingRoom.byteCount, alignment: 1) { memory in
            var room = BindingRoom(memory)
            // Before the memory goes.
            defer {
                sqlite3_reset(statement)
                sqlite3_clear_bindings(statement)
            }
            try bind(arguments, to: statement, sql, in: &room)
            while try step(statement, sql) {}
            return Int(sqlite3_changes(sqliteConnection))
        }
    }

    /// The first row; nil when there is none. The statement rests when the reader goes out of scope.
    func row(_ sql: String, _ arguments: [any Bindable] = []) throws -> ColumnReader? {
        let statement = try bound(sql, arguments)
        let isThere: Bool
        do {
            isThere = try step(statement, sql)
        } catch {
            sqlite3_reset(statement)
            throw error
        }
        if isThere { return ColumnReader(statement, endsStatement: true) }
        sqlite3_reset(statement)
        return nil
    }

    func rows<Value>(
        _ sql: String, _ arguments: [any Bindable] = [], _ read: (inout ColumnReader) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        let statement = try bound(sql, arguments)
        defer { sqlite3_reset(statement) }
        while try step(statement, sql) {
            var columns = ColumnReader(statement, endsStatement: false)
            values.append(try read(&columns))
        }
        return values
    }

    func integer(_ sql: String, _ arguments: [any Bindable] = []) throws -> Int64? {
        guard var columns = try row(sql, arguments) else { return nil }
        return try columns.optionalInteger()
    }

    func integers(_ sql: String, _ arguments: [any Bindable] = []) throws -> [Int64] {
        try rows(sql, arguments) { try $0.integer() }
    }

    /// The first column of each row, one at a time: for queries that end early, side by side.
    func cursor(_ sql: String, _ arguments: [any Bindable] = []) throws -> IntegerCursor {
        // Of its own, since several may run the same text.
        let statement = try makeStatement(sql: sql)
        var room = BindingRoom()
        try bind(arguments, to: statement.sqliteStatement, sql, in: &room)
        return IntegerCursor(statement: statement)
    }

    private func bound(_ sql: String, _ arguments: [any Bindable]) throws -> OpaquePointer {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        var room = BindingRoom()
        try bind(arguments, to: statement, sql, in: &room)
        return statement
    }

    private func bind(
        _ arguments: [any Bindable], to statement: OpaquePointer, _ sql: String, in room: inout BindingRoom
    ) throws {
        var index: Int32 = 1
        for argument in arguments {
            let code = argument.bind(to: statement, at: index, in: &room)
            guard code == SQLITE_OK else { throw error(code, sql) }
            index += 1
        }
        // A value that was forgotten would be the one of the run before.
        guard index == sqlite3_bind_parameter_count(statement) + 1 else { throw error(SQLITE_MISUSE, sql) }
    }

    /// - Returns: whether there is a row.
    private func step(_ statement: OpaquePointer, _ sql: String) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw error(code, sql)
        }
    }

    private func error(_ code: Int32, _ sql: String) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), sql: sql)
    }
}

/// A statement under way. It ends with its last reference.
final class IntegerCursor {
    private let statement: Statement

    fileprivate init(statement: Statement) { self.statement = statement }

    func next() throws -> Int64? {
        switch sqlite3_step(statement.sqliteStatement) {
        case SQLITE_ROW: return sqlite3_column_int64(statement.sqliteStatement, 0)
        case SQLITE_DONE: return nil
        case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: statement.sql)
        }
    }
}

/// A value that a statement takes.
protocol Bindable: Sendable {
    /// - Returns: SQLite's code.
    func bind(to statement: OpaquePointer, at index: Int32, in room: inout BindingRoom) -> Int32
}

/// Where texts and blobs lie while a statement runs that writes them. What finds no room SQLite copies: it takes memory for
/// each, and gives it back.
struct BindingRoom {
    /// Enough for an order, and what the stack lends.
    static let byteCount = 1024

    private var rest: UnsafeMutableRawBufferPointer?

    /// - Parameter memory: stays until the statement's values are cleared.
    init(_ memory: UnsafeMutableRawBufferPointer) { rest = memory }

    /// None at all.
    init() {}

    /// - Parameter bind: called with bytes, and how SQLite must treat them.
    mutating func keep(
        _ bytes: UnsafeRawBufferPointer, _ bind: (UnsafeRawPointer?, sqlite3_destructor_type?) -> Int32
    ) -> Int32 {
        guard let room = rest, bytes.count <= room.count else { return bind(bytes.baseAddress, Self.copied) }
        room.copyMemory(from: bytes)
        rest = UnsafeMutableRawBufferPointer(rebasing: room[bytes.count...])
        return bind(room.baseAddress, nil)
    }

    /// SQLite's `SQLITE_TRANSIENT`, a macro that Swift does not see: it makes a copy of its own.
    fileprivate static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

extension Int64: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32, in room: inout BindingRoom) -> Int32 {
        sqlite3_bind_int64(statement, index, self)
    }
}

extension Int: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32, in room: inout BindingRoom) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }
}

extension Bool: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32, in room: inout BindingRoom) -> Int32 {
        sqlite3_bind_int64(statement, index, self ? 1 : 0)
    }
}

extension String: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32, in room: inout BindingRoom) -> Int32 {
        // Without an address SQLite would bind NULL.
        if isEmpty { return sqlite3_bind_text(statement, index, "", 0, BindingRoom.copied) }
        var text = self
        return text.withUTF8 { bytes in
            room.keep(UnsafeRawBufferPointer(bytes)) { start, handling in
                sqlite3_bind_text(
                    statement, index, start?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), handling)
            }
        }
    }
}

/// Bytes as SQLite's blob.
struct Blob: Bindable {
    let bytes: [UInt8]

    func bind(to statement: OpaquePointer, at index: Int32, in room: inout BindingRoom) -> Int32 {
        if bytes.isEmpty { return sqlite3_bind_zeroblob(statement, index, 0) }
        return bytes.withUnsafeBytes { bytes in
            room.keep(bytes) { sqlite3_bind_blob(statement, index, $0, Int32(bytes.count), $1) }
        }
    }
}

extension [UInt8] {
    var blob: Blob { Blob(bytes: self) }
}

extension Optional: Bindable where Wrapped: Bindable {
    func bind(to statement: OpaquePointer, at index: Int32, in room: inout BindingRoom) -> Int32 {
        self?.bind(to: statement, at: index, in: &room) ?? sqlite3_bind_null(statement, index)
    }
}

/// Reads a row's columns from left to right. A column that does not hold what it must throws `Corruption`: a damaged
/// file is an error, not a crash.
struct ColumnReader: ~Copyable {
    private let statement: OpaquePointer
    private let endsStatement: Bool
    private var index: Int32 = 0

    /// - Parameter endsStatement: the statement is reset with the reader.
    fileprivate init(_ statement: OpaquePointer, endsStatement: Bool) {
        self.statement = statement
        self.endsStatement = endsStatement
    }

    deinit { if endsStatement { sqlite3_reset(statement) } }

    /// - Returns: whether the column holds something; then it is of `type`.
    private mutating func next(_ type: Int32, _ expected: String) throws -> Bool {
        defer { index += 1 }
        let found = sqlite3_column_type(statement, index)
        if found == SQLITE_NULL { return false }
        guard found == type else { throw wrong(expected) }
        return true
    }

    private func wrong(_ expected: String) -> Corruption {
        Corruption("a column of \(sqlite3_column_count(statement)) is not \(expected), at \(index)")
    }

    mutating func optionalInteger() throws -> Int64? {
        let column = index
        return try next(SQLITE_INTEGER, "an integer") ? sqlite3_column_int64(statement, column) : nil
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
        let column = index
        guard try next(SQLITE_TEXT, "a text"), let start = sqlite3_column_text(statement, column) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    mutating func text() throws -> String {
        guard let value = try optionalText() else { throw wrong("a text") }
        return value
    }

    mutating func optionalBytes() throws -> [UInt8]? {
        let column = index
        guard try next(SQLITE_BLOB, "a blob") else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, column), count: count))
    }

    mutating func bytes() throws -> [UInt8] {
        guard let bytes = try optionalBytes() else { throw wrong("a blob") }
        return bytes
    }

    /// An integer or a text, to be bound again; nil for NULL.
    mutating func key() throws -> (any Bindable)? {
        sqlite3_column_type(statement, index) == SQLITE_INTEGER ? try optionalInteger() : try optionalText()
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
