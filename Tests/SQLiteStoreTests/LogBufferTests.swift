import Foundation
import GRDB
import GRDBSQLite
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStore

/// Below SQLite's own way to write: refuses writes to one file while it is told to.
private final class FullDisk: Sendable {
    static let shared = FullDisk()

    private let path = Mutex<String?>(nil)

    private init() {
        let write: @convention(c) (Int32, UnsafeRawPointer?, Int, off_t) -> Int = { descriptor, bytes, count, offset in
            guard FullDisk.shared.isFull(descriptor) else { return pwrite(descriptor, bytes, count, offset) }
            errno = ENOSPC
            return -1
        }
        guard let system = sqlite3_vfs_find("unix") else { return }
        for name in ["pwrite", "pwrite64"] {
            _ = system.pointee.xSetSystemCall?(system, name, unsafeBitCast(write, to: sqlite3_syscall_ptr.self))
        }
    }

    func fill(_ path: String?) { self.path.withLock { $0 = path } }

    private func isFull(_ descriptor: Int32) -> Bool {
        path.withLock { path in
            guard let path else { return false }
            var name = [CChar](repeating: 0, count: 4096)
            let length = readlink("/proc/self/fd/\(descriptor)", &name, name.count)
            return length > 0 && String(decoding: name[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self) == path
        }
    }
}

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

    /// Its pages were written before it was taken back, at places where somebody else writes next.
    @Test func whatWasTakenBackIsWrittenNowhere() throws {
        let file = try File(synchronous: "FULL", isGathered: true)
        try file.pool.write { db in
            for id in 1...60 { try db.run("INSERT INTO things VALUES (?, zeroblob(4000))", [id]) }
        }
        // No page comes or goes, and none is read from the log: that would hand over what was gathered.
        _ = try file.pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        #expect(throws: TakenBack.self) {
            try file.pool.write { db in
                try db.run("UPDATE things SET bytes = randomblob(4000)")
                throw TakenBack()
            }
        }
        // As a shell would, beside ours.
        let beside = try DatabaseQueue(path: file.path)
        try beside.write { _ = try $0.run("UPDATE things SET bytes = zeroblob(4001) WHERE id <= 3") }
        try beside.close()
        let sum = try file.pool.writeWithoutTransaction { db in
            try db.integer("SELECT sum(length(bytes)) FROM things WHERE bytes = zeroblob(length(bytes))")
        }
        #expect(sum == Int64(60 * 4000 + 3))
        #expect(try file.seen().last == "ok")
    }

    /// The disk is full when pages of a transaction are handed over, and has room again before its commit.
    @Test func aTransactionWhosePagesWereNotHandedOverCannotCommit() throws {
        let file = try File(synchronous: "FULL", isGathered: true)
        try file.pool.write { _ = try $0.run("INSERT INTO things VALUES (1, x'01')") }
        try file.pool.writeWithoutTransaction { db in
            try db.beginTransaction(.immediate)
            // Less than the room, more than the cache.
            for id in 100..<180 { try db.run("INSERT INTO things VALUES (?, randomblob(4000))", [id]) }
            FullDisk.shared.fill(file.path + "-wal")
            // Of a statement that may fail in its middle SQLite takes back only itself.
            #expect(throws: DatabaseError.self) {
                try db.run("INSERT INTO things SELECT id + 1000, length(bytes) FROM things")
            }
            #expect(db.isInsideTransaction)
            FullDisk.shared.fill(nil)
            #expect(throws: DatabaseError.self) { try db.commit() }
            try? db.rollback()
        }
        #expect(try file.seen() == ["1 01", "ok"])
        try file.pool.write { _ = try $0.run("INSERT INTO things VALUES (2, x'02')") }
        #expect(try file.seen() == ["1 01", "2 02", "ok"])
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
