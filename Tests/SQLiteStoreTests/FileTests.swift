import Foundation
import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// What happens when the file is opened: every refusal says what to do.
@Suite struct FileTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/mailroom.db"
    }

    private func refusal(opening path: String) -> OpenError? {
        do {
            _ = try OrderDatabase.open(path: path, queueLimit: 10)
            return nil
        } catch {
            return error
        }
    }

    /// Changes the file with a plain connection, as some other program would.
    private func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test func aMissingFileIsRefusedAndNotMade() {
        #expect(refusal(opening: path) == .missing)
        #expect(OpenError.missing.message.contains("mailroom migrate"))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func migratingMakesAPrivateFileOnce() throws {
        let made = try OrderDatabase.migrate(path: path)
        #expect(made.wasCreated && made.applied.count == Schema.migrator.migrations.count)
        let again = try OrderDatabase.migrate(path: path)
        #expect(!again.wasCreated && again.applied.isEmpty)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(refusal(opening: path) == nil)
    }

    @Test func anOlderFileIsRefusedUntilItIsMigrated() throws {
        try change("PRAGMA user_version = 1")
        #expect(refusal(opening: path) == .tooOld)
        #expect(OpenError.tooOld.message.contains("mailroom migrate"))
        _ = try OrderDatabase.migrate(path: path)
        #expect(refusal(opening: path) == nil)
    }

    @Test func aNewerFileIsRefusedByAll() throws {
        _ = try OrderDatabase.migrate(path: path)
        try change("INSERT INTO grdb_migrations VALUES ('99 something later')")
        #expect(refusal(opening: path) == .tooNew)
        #expect(OpenError.tooNew.message.contains("newer version"))
        #expect(throws: OpenError.tooNew) { try OrderDatabase.migrate(path: path) }
        #expect(throws: OpenError.tooNew) { try OrderDatabase.openReadOnly(path: path) }
    }

    @Test func anotherProgramsDatabaseIsRefusedAndLeftAlone() throws {
        try change("CREATE TABLE theirs (x)")
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(refusal(opening: path) == .notADatabase)
        #expect(throws: OpenError.notADatabase) { try OrderDatabase.migrate(path: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test func aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws {
        let text = Data(String(repeating: "not a database, just words\n", count: 200).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        #expect(refusal(opening: path) == .notADatabase)
        #expect(OpenError.notADatabase.message.contains("database.url"))
        #expect(throws: OpenError.notADatabase) { try OrderDatabase.migrate(path: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
    }

    @Test(arguments: [4096, 5000, 40_000, -1]) func aFileThatIsCutOffIsRefusedAndLeftAlone(bytes: Int) async throws {
        _ = try OrderDatabase.migrate(path: path)
        // After this there is no log beside it that would hold what is cut off.
        try await OrderDatabase.open(path: path, queueLimit: 10).close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let part = bytes < 0 ? whole.dropLast(-bytes) : whole.prefix(bytes)
        try part.write(to: URL(fileURLWithPath: path))
        #expect(refusal(opening: path) == .damaged)
        #expect(OpenError.damaged.message.contains("restore the latest backup"))
        #expect(throws: OpenError.damaged) { try OrderDatabase.migrate(path: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == part)
    }

    @Test func whatTheDiskSaysIsNotTakenForAMistakeInTheSettings() {
        let meanings: [(ResultCode, OpenError)] = [
            (.SQLITE_CORRUPT, .damaged), (.SQLITE_BUSY, .busy), (.SQLITE_FULL, .diskFull),
            (.SQLITE_IOERR_FSYNC, .diskError(code: 1034)), (.SQLITE_READONLY, .readOnlyFile),
        ]
        for (code, meaning) in meanings {
            #expect(throws: meaning) { try DatabaseFile.reporting { throw DatabaseError(resultCode: code) } }
        }
    }

    @Test func aFolderInItsPlaceIsNoDatabase() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(refusal(opening: path) == .notADatabase)
    }

    @Test func lookingLeavesNoFilesBeside() throws {
        _ = try OrderDatabase.migrate(path: path)
        try change("INSERT INTO grdb_migrations VALUES ('99 something later')")
        try? FileManager.default.removeItem(atPath: path + "-wal")
        try? FileManager.default.removeItem(atPath: path + "-shm")
        #expect(refusal(opening: path) == .tooNew)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["mailroom.db", "mailroom.db.lock"])
    }

    @Test func oneProcessWritesTheFile() async throws {
        _ = try OrderDatabase.migrate(path: path)
        let store = try OrderDatabase.open(path: path, queueLimit: 10)
        #expect(refusal(opening: path) == .locked(holder: getpid()))
        #expect(throws: OpenError.locked(holder: getpid())) { try OrderDatabase.migrate(path: path) }
        #expect(OpenError.locked(holder: 42).message.contains("pid 42"))
        await store.close()
        #expect(refusal(opening: path) == nil)
    }

    @Test func anotherProcessHoldsTheLockUntilItEnds() async throws {
        _ = try OrderDatabase.migrate(path: path)
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        holder.arguments = [path + ".lock", "sh", "-c", "echo held; read _"]
        let output = Pipe()
        let input = Pipe()
        holder.standardOutput = output
        holder.standardInput = input
        try holder.run()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
        guard case .locked? = refusal(opening: path) else {
            Issue.record("opened although another process holds the lock")
            return
        }
        try input.fileHandleForWriting.close()
        holder.waitUntilExit()
        #expect(refusal(opening: path) == nil)
    }

    @Test func everyCommitReachesTheDisk() async throws {
        let database = try DatabaseInFolder()
        let settings = try await database.store.pool.writeWithoutTransaction { db in
            try ["synchronous", "journal_mode", "secure_delete"].map { try String.fetchOne(db, sql: "PRAGMA \($0)") }
        }
        #expect(settings == ["2", "wal", "1"])
        await database.store.close()
    }

    @Test(.enabled(if: access("/usr/bin/sqlite3", X_OK) == 0, "needs the package sqlite3"))
    func anotherProcessReadsWhileWeWrite() async throws {
        let database = try DatabaseInFolder()
        let writer = StoreWriter(store: database.store)
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        reader.arguments = ["-readonly", database.path]
        let input = Pipe()
        let output = Pipe()
        reader.standardInput = input
        reader.standardOutput = output
        try reader.run()
        func count() throws -> String {
            try input.fileHandleForWriting.write(contentsOf: Data("SELECT count(*) FROM orders;\n".utf8))
            return String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        }
        for expected in 0..<5 {
            #expect(try count() == "\(expected)\n")
            try await writer.place()
        }
        try input.fileHandleForWriting.close()
        reader.waitUntilExit()
        #expect(reader.terminationStatus == 0)
        await database.store.close()
    }

    @Test func aReadOnlyOpeningSeesTheServersWritesAndMakesNone() async throws {
        let database = try DatabaseInFolder()
        let looking = try OrderDatabase.openReadOnly(path: database.path)
        let order = try await StoreWriter(store: database.store).place()
        #expect(try await looking.order(order.number) == order)
        #expect(try await looking.orders(OrderQuery()).count.value == 1)
        await #expect(throws: StoreError.unavailable(reason: "the database was opened read-only")) {
            try await looking.probe()
        }
        await looking.close()
        await database.store.close()
    }

    /// SQLite itself would wait for 4,000 pages, or end with some 3,300.
    @Test func underLittleLoadTheLogStaysShort() async throws {
        let database = try DatabaseInFolder()
        let noise = [UInt8](repeating: 7, count: 30_000)
        _ = try await database.store.write { try $0.run("CREATE TABLE noise (bytes BLOB)") }
        for _ in 0..<400 {
            _ = try await database.store.write { try $0.run("INSERT INTO noise VALUES (?)", [noise.blob]) }
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")
        let pages = try #require(attributes[.size] as? Int) / 4096
        #expect(pages < 1200, "\(pages) pages, of some 3,300 that were written")
        await database.store.close()
    }

    @Test func aClosedStoreAnswersUnavailable() async throws {
        let database = try DatabaseInFolder()
        await database.store.close()
        await database.store.close()
        await #expect(throws: StoreError.unavailable(reason: "the store is shutting down")) {
            try await database.store.probe()
        }
        await #expect(throws: StoreError.unavailable(reason: "the database is closed")) {
            _ = try await database.store.counts()
        }
        #expect(!FileManager.default.fileExists(atPath: database.path + "-wal"))
    }

    @Test func aDamagedRowIsAnErrorAndNoCrash() async throws {
        let database = try DatabaseInFolder()
        let order = try await StoreWriter(store: database.store).place()
        await database.store.close()
        let queue = try DatabaseQueue(path: database.path)
        try await queue.write { try $0.execute(sql: "UPDATE orders SET lines = 'x', status = 31") }
        try queue.close()
        let store = try OrderDatabase.open(path: database.path, queueLimit: 10)
        await #expect(throws: StoreError.corrupt(detail: "an order's lines are no JSON array")) {
            _ = try await store.order(order.number)
        }
        await store.close()
    }
}

/// Places orders, for tests that need some.
struct StoreWriter {
    let store: any OrderStore

    @discardableResult
    func place(_ order: Order = SampleOrders.order()) async throws -> Order {
        let placement = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
        guard case .placed(let placed) = placement else { throw NotPlaced() }
        return placed
    }

    struct NotPlaced: Error {}
}
