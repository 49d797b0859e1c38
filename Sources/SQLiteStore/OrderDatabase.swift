import Foundation
import GRDB
import Orders
import Synchronization

/// Remembers orders in one SQLite file: meets every role of `Store`.
///
/// One process writes the file, through one `GroupCommitWriter`; readers see the latest commit and never wait for it.
package final class OrderDatabase: Store {
    let pool: DatabasePool
    /// Nil when the file was opened read-only.
    let writer: GroupCommitWriter?
    let upkeep: Upkeep?
    let hintBoard = HintBoard()
    /// Told after orders were erased on request.
    let erasureBoard = HintBoard()
    let twins: RecentTwins
    let countShelf = CountShelf()
    let latestCatalog: Mutex<Catalog>
    /// Counts the openings for writing: what an earlier one left in flight is not ours.
    let epoch: Int64
    private let lock: Mutex<FileLock?>
    private let closing = Mutex(false)
    /// The commit with news that the others were last told of.
    private let toldNews = Atomic(0)

    private init(
        pool: DatabasePool, writer: GroupCommitWriter?, catalog: Catalog, twins: RecentTwins, epoch: Int64,
        lock: consuming FileLock?
    ) {
        self.pool = pool
        self.twins = twins
        self.writer = writer
        upkeep = writer.map { Upkeep(writer: $0) }
        latestCatalog = Mutex(catalog)
        self.epoch = epoch
        self.lock = Mutex(lock)
    }

    deinit { upkeep?.stop() }

    /// Says what SQLite said when the disk failed to sync. From then on every write is refused, and the process must
    /// end without closing the file; see `DiskTrust`. Ends when the store closes.
    package var diskLosses: AsyncStream<String> { writer?.trust.losses ?? AsyncStream { $0.finish() } }

    /// Opens the file for this process alone: takes its lock, refuses a file that is too old or too new, and proves
    /// that commits reach the disk.
    /// - Parameters:
    ///   - queueLimit: how many writers may wait before more are turned away; the relay never is.
    ///   - listener: hears of commits, for whoever measures them.
    package static func open(
        path: String, queueLimit: Int, listener: (any StoreListener)? = nil
    ) throws(OpenError) -> OrderDatabase {
        try DatabaseFile.requireExisting(path, writable: true)
        let lock = try FileLock(beside: path)
        try DatabaseFile.requireCurrent(path)
        let opened = try DatabaseFile.reporting {
            let pool = try DatabasePool(path: path, configuration: ConnectionSettings.writing)
            return try pool.writeWithoutTransaction { db in
                try ConnectionSettings.makeDurable(db)
                LogBuffer.gather(db)
                try db.run("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
                let epoch = try db.integer("SELECT value FROM meta WHERE key = 'epoch'") ?? 0
                let twins = RecentTwins()
                try twins.load(from: db)
                return (pool: pool, epoch: epoch, catalog: try CatalogTable(db: db).read(), twins: twins)
            }
        }
        return OrderDatabase(
            pool: opened.pool,
            writer: GroupCommitWriter(pool: opened.pool, queueLimit: queueLimit, listener: listener),
            catalog: opened.catalog, twins: opened.twins, epoch: opened.epoch, lock: lock)
    }

    /// Opens the file to look at it, also while a server writes it. Every write answers `unavailable`.
    package static func openReadOnly(path: String) throws(OpenError) -> OrderDatabase {
        try DatabaseFile.requireExisting(path, writable: false)
        try DatabaseFile.requireCurrent(path)
        let opened = try DatabaseFile.reporting {
            let pool = try DatabasePool(path: path, configuration: ConnectionSettings.reading)
            return (pool: pool, catalog: try pool.read { try CatalogTable(db: $0).read() })
        }
        return OrderDatabase(
            pool: opened.pool, writer: nil, catalog: opened.catalog, twins: RecentTwins(), epoch: 0, lock: nil)
    }

    /// Creates the file or brings it up to date. Takes the lock, so no server may be running.
    package static func migrate(path: String) throws(OpenError) -> MigrationReport {
        let isNew = access(path, F_OK) != 0
        if !isNew { try DatabaseFile.requireExisting(path, writable: true) }
        let lock = try FileLock(beside: path)
        defer { withExtendedLifetime(lock) {} }
        if !isNew { try DatabaseFile.requireMigratable(path) }
        return try DatabaseFile.reporting {
            let pool = try DatabasePool(path: path, configuration: ConnectionSettings.writing)
            // It holds addresses. The files beside it take the mode from it.
            if isNew { chmod(path, 0o600) }
            try pool.writeWithoutTransaction { try ConnectionSettings.makeDurable($0) }
            let before = try pool.read { try Schema.migrator.appliedIdentifiers($0) }
            try Schema.migrator.migrate(pool)
            let after = try pool.read { try Schema.migrator.appliedIdentifiers($0) }
            try pool.close()
            // In their order, which is not that of their names.
            let applied = Schema.migrator.migrations.filter { after.contains($0) && !before.contains($0) }
            return MigrationReport(wasCreated: isNew, applied: applied)
        }
    }

    /// Commits what waits, refuses what comes later, and leaves one tidy file. Calling it again does nothing.
    package func close() async {
        let isFirst = closing.withLock { closing in
            defer { closing = true }
            return !closing
        }
        guard isFirst else { return }
        upkeep?.stop()
        hintBoard.finish()
        erasureBoard.finish()
        guard let writer else {
            try? pool.close()
            return
        }
        await writer.close()
        do {
            _ = try await pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        } catch {
            // Nothing is lost without it, if the disk can be trusted: the next opening reads the WAL.
            writer.trust.note(error)
        }
        writer.trust.finish()
        // Closing moves the log into the file and removes it.
        if !writer.trust.isLost { try? pool.close() }
        lock.withLock { $0 = nil }
    }

    /// Gives up the pages that connections have read, and the readers' connections once they are done.
    package func releaseMemory() async {
        countShelf.forget()
        pool.releaseMemoryEventually()
        // Behind it in the writer's queue.
        await withCheckedContinuation { done in pool.asyncWriteWithoutTransaction { _ in done.resume() } }
    }

    /// How many callers wait for a commit that has not begun.
    package var waitingCallers: Int { writer?.waiting ?? 0 }

    // MARK: How the roles reach the file

    func write<Value: Sendable>(
        evenIfFull: Bool = false, _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        guard let writer else { throw .unavailable(reason: "the database was opened read-only") }
        return try await writer.write(evenIfFull: evenIfFull, work)
    }

    /// For work after which the relay has something to send, or the index something to take in: tells them, once a
    /// commit.
    func writeNews<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        guard let writer else { throw .unavailable(reason: "the database was opened read-only") }
        let value = try await writer.write(isNews: true, work)
        let news = writer.news
        if toldNews.exchange(news, ordering: .relaxed) != news {
            upkeep?.ring()
            hintBoard.post()
        }
        return value
    }

    func read<Value: Sendable>(_ work: @Sendable (Database) throws -> Value) async throws(StoreError) -> Value {
        do {
            return try await pool.read(work)
        } catch {
            throw StoreError(error)
        }
    }
}

/// What `migrate` did.
package struct MigrationReport: Sendable, Hashable {
    package let wasCreated: Bool
    /// The steps applied now; empty when the file was up to date.
    package let applied: [String]
}
