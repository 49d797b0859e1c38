import GRDB
import Orders

/// Overwrites what was erased wherever the file and its log of commits still hold it.
///
/// Three places keep more than their tables say. FTS5 keeps words in old parts of its index until all are merged into
/// one. SQLite overwrites what is deleted (`secure_delete`), but not the copies that its B-trees leave in unused parts of
/// pages when a page is split: of 80,000 messages 68 were still there; only rewriting the file ends them. And the log
/// keeps the old pages until it is cut.
struct Scrubber {
    let database: OrderDatabase
    let writer: GroupCommitWriter

    /// A file up to this size is rewritten while others wait, in memory, so that nothing of it lies in a temporary file.
    var largestBytes = 256 << 20
    /// Some 2 ms of the writer's time.
    private static let pagesPerCommit = 32
    /// Readers end within milliseconds; an export reads page by page.
    var cutAttempts = 50
    private static let cutPause = Duration.milliseconds(200)

    func run(whole: Bool, at now: Timestamp) async throws(StoreError) -> Scrubbing {
        let erasures = try await database.read { try MetaTable(db: $0).value(.erasures) }
        try await database.upkeep?.catchUp(evenIfFull: true)
        try await mergeIndex()
        let bytes = try await database.read { db in
            try db.integer("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0
        }
        let fits = bytes <= largestBytes
        if fits || whole { try await rewrite(inMemory: fits) }
        guard try await cutLog() else { return .logInUse }
        guard fits || whole else { return .fileTooLarge }
        try await writer.write(evenIfFull: true) { db in
            try MetaTable(db: db).set(.scrubbedErasures, to: erasures)
            try MetaTable(db: db).set(.scrubbedAt, to: now.milliseconds)
        }
        return .nothingLeft
    }

    private func mergeIndex() async throws(StoreError) {
        var begins = true
        while true {
            let isFirst = begins
            let goesOn = try await writer.write(evenIfFull: true) {
                try SearchIndex(db: $0).merge(isFirst ? .all : .likeSized, pages: Self.pagesPerCommit)
            }
            guard goesOn else { return }
            if Task.isCancelled { throw .cancelled }
            begins = false
            await Task.yield()
        }
    }

    private func rewrite(inMemory: Bool) async throws(StoreError) {
        try await alone { db in
            if !inMemory { try db.execute(sql: "PRAGMA temp_store = FILE") }
            defer { if !inMemory { try? db.execute(sql: "PRAGMA temp_store = MEMORY") } }
            try db.execute(sql: "VACUUM")
        }
    }

    /// - Returns: false when readers kept the log open all the time.
    private func cutLog() async throws(StoreError) -> Bool {
        for attempt in 1...cutAttempts {
            let isCut = try await alone { db in
                // Whoever wants to write waits, so a reader is not waited for here.
                try db.execute(sql: "PRAGMA busy_timeout = 50")
                defer { try? db.execute(sql: "PRAGMA busy_timeout = 5000") }
                do {
                    try db.checkpoint(.truncate)
                    return true
                } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                    return false
                }
            }
            if isCut { return true }
            if Task.isCancelled { throw .cancelled }
            if attempt < cutAttempts { try? await Task.sleep(for: Self.cutPause) }
        }
        return false
    }

    /// Between two commits, outside of any transaction.
    private func alone<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let trust = writer.trust
        do {
            return try await database.pool.writeWithoutTransaction { db in
                if trust.isLost { throw DiskTrust.Lost() }
                return try work(db)
            }
        } catch {
            trust.note(error)
            throw StoreError(error)
        }
    }
}
