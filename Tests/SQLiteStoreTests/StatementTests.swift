import GRDB
import Testing

@testable import SQLiteStore

/// What is bound is what is stored, whether it lies in the statement's room or SQLite makes a copy of it.
struct StatementTests {
    private func withTable(_ work: (Database) throws -> Void) throws {
        try DatabaseQueue().write { db in
            _ = try db.run("CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB, other TEXT)")
            try work(db)
        }
    }

    private func row(_ id: Int, of db: Database) throws -> ColumnReader {
        guard let columns = try db.row("SELECT text, bytes, other FROM things WHERE id = ?", [id]) else {
            throw Corruption("row \(id) is missing")
        }
        return columns
    }

    @Test(arguments: [0, 1, 15, 16, 500, 1022, 1023, 1024, 1025, 3000])
    func textsAndBytesOfEverySizeAreStoredWhole(size: Int) throws {
        let text = String((0..<size).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
        let bytes = (0..<size).map { UInt8($0 % 251) }
        try withTable { db in
            // Twice: the second run of the same statement finds nothing of the first.
            for id in 1...2 {
                try db.run("INSERT INTO things VALUES (?, ?, ?, ?)", [id, text, bytes.blob, "after it"])
            }
            try db.run("INSERT INTO things VALUES (?, ?, ?, ?)", [3, String?.none, Blob?.none, Optional("é")])
            for id in 1...2 {
                var columns = try row(id, of: db)
                let read = (try columns.text(), try columns.bytes(), try columns.text())
                #expect(read.0 == text)
                #expect(read.1 == bytes)
                #expect(read.2 == "after it")
            }
            var columns = try row(3, of: db)
            let read = (try columns.optionalText(), try columns.optionalBytes(), try columns.text())
            #expect(read.0 == nil)
            #expect(read.1 == nil)
            #expect(read.2 == "é")
        }
    }

    /// Of a value that was forgotten SQLite would take the one of the run before.
    @Test func valuesAndPlacesMustBeAsMany() throws {
        try withTable { db in
            #expect(throws: DatabaseError.self) { try db.run("INSERT INTO things (id, text) VALUES (?, ?)", [1]) }
            #expect(throws: DatabaseError.self) { try db.run("INSERT INTO things (id) VALUES (?)", [1, "one"]) }
            let count = try db.integer("SELECT count(*) FROM things")
            #expect(count == 0)
        }
    }
}
