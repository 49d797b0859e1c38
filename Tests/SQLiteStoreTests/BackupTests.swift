import Foundation
import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// Copies of a file that is being written, what is believed of them, and putting one back.
@Suite(.timeLimit(.hanging)) struct BackupTests {
    @Test func aCopyHoldsWhatWasCommittedAndIsOnePrivateFile() async throws {
        let home = try DatabaseInFolder()
        for _ in 0..<20 { try await place(in: home.store) }
        let copy = home.folder.path + "/copy.db"
        let census = try DatabaseCopy.write(of: home.path, to: copy) { _, _ in }
        #expect(census.rows(in: "orders") == 20 && census.rows(in: "deliveries") == 20)
        #expect(try DatabaseCopy.examine(copy) == census)
        let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let left = try FileManager.default.contentsOfDirectory(atPath: home.folder.path).filter { $0.hasPrefix("copy") }
        #expect(left == ["copy.db"])
        await home.store.close()
    }

    @Test func whatIsPlacedWhileTheCopyIsMadeDoesNotReachIt() async throws {
        let home = try DatabaseInFolder()
        for _ in 0..<3 { try await place(in: home.store) }
        let copy = home.folder.path + "/copy.db"
        let store = home.store
        // A step is over: the snapshot holds, and a commit comes in between.
        let writer = try DatabaseQueue(path: home.path)
        let census = try DatabaseCopy.write(of: home.path, to: copy, replaces: false, pagesPerStep: 5) { _, _ in
            try? writer.write { try $0.execute(sql: "UPDATE meta SET value = value + 1 WHERE key = 'probes'") }
        }
        try writer.close()
        #expect(census.rows(in: "orders") == 3)
        let copied = try await DatabaseQueue(path: copy).read {
            try Int.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'probes'")
        }
        #expect(copied == 0)
        let written = try home.inspect { try Int.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'probes'") ?? 0 }
        #expect(written > 3)
        await store.close()
    }

    @Test func aFileThatIsThereIsOnlyReplacedWhenAskedTo() async throws {
        let home = try DatabaseInFolder()
        let copy = home.folder.path + "/copy.db"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: copy))
        #expect(throws: CopyError.exists(path: copy)) {
            _ = try DatabaseCopy.write(of: home.path, to: copy) { _, _ in }
        }
        _ = try DatabaseCopy.write(of: home.path, to: copy, replaces: true) { _, _ in }
        _ = try DatabaseCopy.examine(copy)
        await home.store.close()
    }

    @Test func aFolderThatIsNotThereIsToldAndLeavesNothing() async throws {
        let home = try DatabaseInFolder()
        #expect(throws: CopyError.cannotWrite(reason: "No such file or directory")) {
            _ = try DatabaseCopy.write(of: home.path, to: home.folder.path + "/nowhere/copy.db") { _, _ in }
        }
        await home.store.close()
    }

    /// Flipped bytes anywhere in the tables must be seen, and the untouched file must pass.
    @Test func aDamagedCopyIsNotBelieved() async throws {
        let home = try DatabaseInFolder()
        for _ in 0..<200 { try await place(in: home.store) }
        let copy = home.folder.path + "/copy.db"
        _ = try DatabaseCopy.write(of: home.path, to: copy) { _, _ in }
        await home.store.close()
        _ = try DatabaseCopy.examine(copy)
        let page = try await DatabaseQueue(path: copy).read {
            try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'orders_status'") ?? 0
        }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: copy))
        try file.seek(toOffset: UInt64(page - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0xAA, count: 64))
        try file.close()
        #expect(throws: CopyError.self) { _ = try DatabaseCopy.examine(copy) }
    }

    @Test func aReferenceThatLeadsNowhereAndAMissingBodyAreFound() async throws {
        let home = try DatabaseInFolder()
        try await place(in: home.store)
        try await home.closed { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
        }
        let queue = try DatabaseQueue(path: home.path, configuration: Self.careless)
        try await queue.write { try $0.execute(sql: "DELETE FROM payloads") }
        try queue.close()
        #expect(throws: CopyError.damaged(["1 deliveries are to be sent and have no bytes"])) {
            _ = try DatabaseCopy.examine(home.path)
        }
        let again = try DatabaseQueue(path: home.path, configuration: Self.careless)
        try await again.write { try $0.execute(sql: "DELETE FROM orders") }
        try again.close()
        let error = #expect(throws: CopyError.self) { _ = try DatabaseCopy.examine(home.path) }
        guard case .damaged(let problems)? = error else { return }
        #expect(problems.contains("1 rows refer to rows that are not there"))
    }

    private static var careless: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        return configuration
    }

    @Test func someOtherFileIsNoBackup() async throws {
        let home = try DatabaseInFolder()
        await home.store.close()
        let other = home.folder.path + "/other.db"
        let queue = try DatabaseQueue(path: other)
        try await queue.write { try $0.execute(sql: "CREATE TABLE t (x)") }
        try queue.close()
        #expect(throws: CopyError.source(.notADatabase)) { _ = try DatabaseCopy.examine(other) }
        #expect(throws: CopyError.source(.missing)) { _ = try DatabaseCopy.examine(other + "x") }
    }

    // MARK: Restoring

    @Test func aRestoreIsRefusedWhileTheDatabaseIsInUseOrThere() async throws {
        let home = try DatabaseInFolder()
        let copy = home.folder.path + "/copy.db"
        _ = try DatabaseCopy.write(of: home.path, to: copy) { _, _ in }
        #expect(throws: CopyError.inUse(holder: getpid())) { _ = try restore(copy, home, replaces: true) }
        await home.store.close()
        #expect(throws: CopyError.exists(path: home.path)) { _ = try restore(copy, home, replaces: false) }
    }

    @Test func aRestoreBringsBackTheCopyAndKeepsWhatWasThere() async throws {
        let home = try DatabaseInFolder()
        try await place(in: home.store)
        let copy = home.folder.path + "/copy.db"
        _ = try DatabaseCopy.write(of: home.path, to: copy) { _, _ in }
        try await place(in: home.store)
        await home.store.close()
        let report = try restore(copy, home, replaces: true)
        #expect(report.census.rows(in: "orders") == 1)
        let aside = try #require(report.keptAs)
        #expect(try DatabaseCopy.examine(aside).rows(in: "orders") == 2)
        let reopened = try OrderDatabase.open(path: home.path, queueLimit: 10)
        #expect(try await reopened.orders(OrderQuery()).count.value == 1)
        try await place(in: reopened)
        await reopened.close()
        #expect(try DatabaseCopy.examine(copy).rows(in: "orders") == 1)
    }

    /// A WAL beside another database than its own would be played into it.
    @Test func aWalThatACrashLeftGoesWithItsOwnDatabase() async throws {
        let home = try DatabaseInFolder()
        let copy = home.folder.path + "/copy.db"
        _ = try DatabaseCopy.write(of: home.path, to: copy) { _, _ in }
        await home.store.close()
        try Data(repeating: 7, count: 4096).write(to: URL(fileURLWithPath: home.path + "-wal"))
        let old = try Data(contentsOf: URL(fileURLWithPath: home.path))
        try Data(repeating: 1, count: 8192).write(to: URL(fileURLWithPath: home.path))
        let report = try restore(copy, home, replaces: true)
        #expect(report.keptAs != nil)
        #expect(access(home.path + "-wal", F_OK) != 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: home.path)).count >= old.count)
        let reopened = try OrderDatabase.open(path: home.path, queueLimit: 10)
        await reopened.close()
    }

    private func restore(_ copy: String, _ home: DatabaseInFolder, replaces: Bool) throws(CopyError) -> RestoreReport {
        try OrderDatabase.restore(copy, to: home.path, replaces: replaces, stamp: "then") { _, _ in }
    }

    private func place(in store: OrderDatabase) async throws {
        let order = SampleOrders.order()
        _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
    }
}
