import GRDB
import GRDBSQLite
import TestSupport
import Testing

@testable import SQLiteStore

/// A log that is gathered holds what one holds that is written as SQLite does it.
struct LogBufferTests {
    /// One file in a folder, its writer, and how others see it.
    private struct File {
        let folder: TemporaryFolder
        let path: String
        let pool: DatabasePool

        init(synchronous: String, isGathered: Bool) throws {
            folder = try TemporaryFolder()
            path = folder.path + "/things.db"
            pool = try DatabasePool(path: path, configuration: ConnectionSettings.writing)
            try pool.writeWithoutTransaction { db in
                // A small cache spills pages into the log before their commit.
                try db.execute(sql: "PRAGMA synchronous = \(synchronous); PRAGMA cache_size = 20")
                try db.execute(sql: "CREATE TABLE things (id INTEGER PRIMARY KEY, bytes BLOB)")
                if isGathered { #expect(LogBuffer.gather(db)) }
            }
        }

        /// Looked at with a connection of its own.
        func seen() throws -> [String] {
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try queue.read { db in
                try String.fetchAll(db, sql: "SELECT id || ' ' || hex(bytes) FROM things ORDER BY id")
                    + String.fetchAll(db, sql: "PRAGMA integrity_check")
            }
        }
    }

    private struct TakenBack: Error {}

    /// The same writes for the same seed.
    private func write(to db: Database, with random: inout SeededGenerator) throws {
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let id = Int.random(in: 0..<60, using: &random)
            let size = Int.random(in: 0...20, using: &random) == 0 ? 900_000 : Int.random(in: 0...9000, using: &random)
            let bytes = [UInt8](repeating: UInt8.random(in: 1...255, using: &random), count: size)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try db.run("DELETE FROM things WHERE id = ?", [id])
            case 1:
                try db.run("SAVEPOINT part")
                try db.run("INSERT OR REPLACE INTO things VALUES (?, ?)", [id, bytes.blob])
                try db.run("ROLLBACK TO part")
                try db.run("RELEASE part")
            default: try db.run("INSERT OR REPLACE INTO things VALUES (?, ?)", [id, bytes.blob])
            }
        }
        if Int.random(in: 0..<4, using: &random) == 0 { throw TakenBack() }
    }

    @Test(arguments: ["FULL", "NORMAL", "OFF"], 1...3 as ClosedRange<UInt64>)
    func othersSeeEveryCommitAtOnce(synchronous: String, seed: UInt64) throws {
        let gathered = try File(synchronous: synchronous, isGathered: true)
        let plain = try File(synchronous: synchronous, isGathered: false)
        var (one, other) = (SeededGenerator(seed: seed), SeededGenerator(seed: seed))
        for round in 0..<40 {
            do { try gathered.pool.write { try write(to: $0, with: &one) } } catch is TakenBack {}
            do { try plain.pool.write { try write(to: $0, with: &other) } } catch is TakenBack {}
            if round % 9 == 8 {
                for pool in [gathered.pool, plain.pool] {
                    _ = try pool.writeWithoutTransaction { try $0.checkpoint(round % 2 == 0 ? .passive : .truncate) }
                }
            }
            let expected = try plain.seen()
            #expect(expected.last == "ok")
            #expect(try gathered.seen() == expected, "round \(round)")
        }
        try gathered.pool.close()
        #expect(try gathered.seen() == plain.seen())
    }

    @Test func theStoresWriterGathersAndOthersDoNot() async throws {
        let database = try DatabaseInFolder()
        let isGathered = try await database.store.write { LogBuffer.isGathering($0) }
        #expect(isGathered)
        let queue = try DatabaseQueue(path: database.path)
        #expect(try await queue.write { LogBuffer.isGathering($0) } == false)
        try queue.close()
        await database.store.close()
    }
}
