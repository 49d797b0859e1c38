import Foundation
import GRDB
import Orders
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStore

/// The one writer: many callers in one commit, each by itself.
@Suite(.timeLimit(.hanging)) struct WriterTests {
    private let folder: TemporaryFolder
    private let pool: DatabasePool
    private let commits = CommitCounter()

    init() throws {
        folder = try TemporaryFolder()
        pool = try DatabasePool(path: folder.path + "/test.db")
        try pool.write {
            try $0.execute(sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT CHECK (x <> 'secret')) STRICT")
        }
        pool.add(transactionObserver: commits)
    }

    private func rows() throws -> [Int] { try pool.read { try Int.fetchAll($0, sql: "SELECT id FROM t ORDER BY id") } }

    /// Keeps the writer busy until the gate opens, so that what is written meanwhile waits for one batch.
    private func whileBusy(
        _ writer: GroupCommitWriter, _ body: @escaping @Sendable (inout TaskGroup<Void>) -> Void, waiting: Int
    ) async {
        let gate = DispatchSemaphore(value: 0)
        let entered = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await writer.write { _ in
                    entered.continuation.yield()
                    gate.wait()
                }
            }
            var entries = entered.stream.makeAsyncIterator()
            await entries.next()
            body(&group)
            while writer.waiting < waiting { await Task.yield() }
            gate.signal()
        }
    }

    @Test func manyCallersShareOneCommit() async throws {
        let writer = GroupCommitWriter(pool: pool, queueLimit: 1000)
        await whileBusy(
            writer,
            { group in
                for id in 1...100 {
                    group.addTask {
                        try? await writer.write {
                            try $0.execute(sql: "INSERT INTO t VALUES (?, 'a')", arguments: [id])
                        }
                    }
                }
            }, waiting: 100)
        #expect(try rows() == Array(1...100))
        // The one that kept the writer busy, and the hundred.
        #expect(commits.count == 2)
    }

    @Test func oneCallersFailureIsItsOwn() async throws {
        let writer = GroupCommitWriter(pool: pool, queueLimit: 1000)
        let failures = Log<Failure>()
        await whileBusy(
            writer,
            { group in
                for id in 1...9 {
                    group.addTask {
                        do throws(StoreError) {
                            try await writer.write { db in
                                try db.execute(sql: "INSERT INTO t VALUES (?, 'a')", arguments: [id])
                                if id == 5 {
                                    try db.execute(sql: "INSERT INTO t VALUES (500, ?)", arguments: ["secret"])
                                }
                            }
                        } catch {
                            failures.add(Failure(id: id, error: error))
                        }
                    }
                }
            }, waiting: 9)
        #expect(try rows() == [1, 2, 3, 4, 6, 7, 8, 9])
        #expect(failures.entries.map(\.id) == [5])
        guard case .corrupt(let detail)? = failures.entries.first?.error else {
            Issue.record("a broken constraint is a mistake of ours")
            return
        }
        #expect(!detail.contains("secret"))
    }

    @Test func aCallerMayTakeItsWorkBackAndStillAnswer() async throws {
        let writer = GroupCommitWriter(pool: pool, queueLimit: 10)
        let answer = try await writer.write { db -> String in
            try db.execute(sql: "INSERT INTO t VALUES (1, 'a')")
            throw Undone("taken")
        }
        #expect(answer == "taken")
        #expect(try rows() == [])
    }

    @Test func aLostTransactionIsRunAgainCallerByCaller() async throws {
        let writer = GroupCommitWriter(pool: pool, queueLimit: 1000)
        let done = Log<Int>()
        let failures = Log<Failure>()
        let runs = Log<Int>()
        await whileBusy(
            writer,
            { group in
                for id in 1...6 {
                    group.addTask {
                        do throws(StoreError) {
                            try await writer.write { db in
                                runs.add(id)
                                try db.execute(sql: "INSERT INTO t VALUES (?, 'a')", arguments: [id])
                                guard id == 4 else { return }
                                // What a full disk does: the whole transaction is gone when the error comes.
                                try db.execute(sql: "ROLLBACK")
                                throw DatabaseError(resultCode: .SQLITE_FULL)
                            }
                            done.add(id)
                        } catch {
                            failures.add(Failure(id: id, error: error))
                        }
                    }
                }
            }, waiting: 6)
        #expect(try rows() == [1, 2, 3, 5, 6])
        #expect(done.entries.sorted() == [1, 2, 3, 5, 6])
        #expect(failures.entries == [Failure(id: 4, error: .unavailable(reason: "the disk is full"))])
        // Plainly with all, in a savepoint with all, and alone.
        #expect(runs.entries.count { $0 == 4 } == 3)
    }

    @Test func aRealFullDiskFailsOnlyWhoNeedsTheRoom() async throws {
        let writer = GroupCommitWriter(pool: pool, queueLimit: 1000)
        let pages = try await pool.writeWithoutTransaction { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages + 20)")
            return pages
        }
        #expect(pages > 0)
        let refused = Log<Failure>()
        await whileBusy(
            writer,
            { group in
                for id in 1...5 {
                    group.addTask {
                        let text = String(repeating: "x", count: id == 3 ? 4_000_000 : 10)
                        do throws(StoreError) {
                            try await writer.write { db in
                                try db.execute(sql: "INSERT INTO t VALUES (?, ?)", arguments: [id, text])
                            }
                        } catch {
                            refused.add(Failure(id: id, error: error))
                        }
                    }
                }
            }, waiting: 5)
        #expect(refused.entries == [Failure(id: 3, error: .unavailable(reason: "the disk is full"))])
        #expect(try rows() == [1, 2, 4, 5])
    }

    @Test func aFailingBeginAnswersEveryone() async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.path + "/test.db", configuration: configuration)
        let writer = GroupCommitWriter(pool: pool, queueLimit: 10)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        await withTaskGroup(of: StoreError?.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    do throws(StoreError) {
                        try await writer.write { try $0.execute(sql: "INSERT INTO t (x) VALUES ('a')") }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for await error in group { #expect(error == .unavailable(reason: "the database is locked")) }
        }
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await writer.write { try $0.execute(sql: "INSERT INTO t VALUES (1, 'a')") }
        #expect(try rows() == [1])
    }

    @Test func aQueueThatIsFullTurnsCallersAway() async throws {
        let writer = GroupCommitWriter(pool: pool, queueLimit: 3)
        let turnedAway = Log<StoreError>()
        let gate = DispatchSemaphore(value: 0)
        let entered = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await writer.write { _ in
                    entered.continuation.yield()
                    gate.wait()
                }
            }
            var entries = entered.stream.makeAsyncIterator()
            await entries.next()
            for _ in 0..<3 { group.addTask { try? await writer.write { _ in } } }
            while writer.waiting < 3 { await Task.yield() }
            do throws(StoreError) {
                try await writer.write { _ in }
            } catch {
                turnedAway.add(error)
            }
            gate.signal()
        }
        #expect(turnedAway.entries == [.unavailable(reason: "too many waiting")])
    }

    @Test func theRelayIsNotTurnedAwayByAFullQueue() async throws {
        let database = try DatabaseInFolder()
        let order = try await StoreWriter(store: database.store).place()
        await database.store.close()
        let store = try OrderDatabase.open(path: database.path, queueLimit: 0)
        await #expect(throws: StoreError.unavailable(reason: "too many waiting")) {
            _ = try await store.setPaused(true, endpoint: "fulfillment", at: order.placedAt)
        }
        _ = try await store.recover(now: order.placedAt, stepsSeconds: [5])
        try await store.shiftDueTimes(milliseconds: 0, now: order.placedAt, stepsSeconds: [5])
        try await store.wake(endpoint: "fulfillment", now: order.placedAt, batch: 1, spreadSeconds: 1)
        try await store.record(EndpointHealth(name: "fulfillment", url: ""))
        let claims = try await store.claim(ClaimRequest(endpoint: "fulfillment", limit: 1, now: order.placedAt)).claims
        let attempt = DeliveryAttempt(startedAt: order.placedAt, endedAt: order.placedAt, status: 200, error: nil)
        #expect(try await store.settle(#require(claims.first), as: .delivered, attempt: attempt) == .settled)
        await store.close()
    }

    @Test func closingCommitsWhatWaits() async throws {
        let writer = GroupCommitWriter(pool: pool, queueLimit: 1000)
        await whileBusy(
            writer,
            { group in
                for id in 1...20 {
                    group.addTask {
                        try? await writer.write {
                            try $0.execute(sql: "INSERT INTO t VALUES (?, 'a')", arguments: [id])
                        }
                    }
                }
            }, waiting: 20)
        await writer.close()
        #expect(try rows() == Array(1...20))
        await #expect(throws: StoreError.unavailable(reason: "the store is shutting down")) {
            try await writer.write { _ in }
        }
    }
}

/// What the writer does when the disk fails.
@Suite(.timeLimit(.hanging)) struct DiskTrustTests {
    private let folder: TemporaryFolder
    private let writer: GroupCommitWriter

    init() throws {
        folder = try TemporaryFolder()
        let pool = try DatabasePool(path: folder.path + "/test.db")
        try pool.write { try $0.execute(sql: "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT") }
        writer = GroupCommitWriter(pool: pool, queueLimit: 10)
    }

    private func insert(_ id: Int, failing code: ResultCode? = nil) async throws(StoreError) {
        try await writer.write { db in
            try db.execute(sql: "INSERT INTO t VALUES (?)", arguments: [id])
            if let code { throw DatabaseError(resultCode: code) }
        }
    }

    @Test(arguments: [ResultCode.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC])
    func nothingIsCommittedAfterAFailedSync(code: ResultCode) async throws {
        try await insert(1)
        for (id, code) in [(2, code), (3, nil)] {
            await #expect(throws: StoreError.unavailable(reason: "the disk failed to sync")) {
                try await insert(id, failing: code)
            }
        }
        var losses = writer.trust.losses.makeAsyncIterator()
        #expect(await losses.next() == "SQLite \(code.rawValue)")
        writer.trust.finish()
        #expect(await losses.next() == nil)
    }

    @Test(arguments: [
        ResultCode.SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMOPEN,
        .SQLITE_IOERR_SHMMAP,
    ])
    func aWriteThatFailedIsRefusedAndTheNextIsTaken(code: ResultCode) async throws {
        await #expect(throws: StoreError.unavailable(reason: "the disk does not take writes")) {
            try await insert(1, failing: code)
        }
        try await insert(1)
        #expect(!writer.trust.isLost)
    }

    @Test func aReadThatFailedIsNotPassedOverAsABusyDisk() async throws {
        await #expect(throws: StoreError.corrupt(detail: "SQLite 266 in: no statement")) {
            try await insert(1, failing: .SQLITE_IOERR_READ)
        }
        #expect(!writer.trust.isLost)
    }
}

private struct Failure: Sendable, Hashable {
    let id: Int
    let error: StoreError
}

/// Counts the commits.
private final class CommitCounter: TransactionObserver, Sendable {
    private let commits = Mutex(0)

    var count: Int { commits.withLock { $0 } }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { commits.withLock { $0 += 1 } }
    func databaseDidRollback(_ db: Database) {}
}
