import Dispatch
import GRDB
import Orders
import Synchronization

/// Thrown by a caller's work to take back what it wrote and still answer its caller.
struct Undone<Answer: Sendable>: Error {
    let answer: Answer

    init(_ answer: Answer) { self.answer = answer }
}

/// The one writer of the file: callers queue their work, and what waits is committed together, one `fsync` for many.
///
/// Each caller still succeeds or fails by itself, and hears of it only after the commit. A batch runs plainly first, for
/// nearly always there is nobody in it whose work must be taken back; if there is, it is rolled back as a whole and run
/// again with a savepoint for each caller. (With savepoints SQLite keeps a copy of every page that a caller before has
/// changed.) Work is not tied to the calling task, so nobody's cancellation takes back a write; it may
/// run two or three times, so it must have no effect outside the database.
final class GroupCommitWriter: Sendable {
    /// Answers one caller.
    private typealias Answering = @Sendable () -> Void

    private enum Ending {
        case keep(Answering)
        case undo(Answering)
    }

    private struct Job: Sendable {
        let isNews: Bool
        let run: @Sendable (Database) throws -> Ending
        let fail: @Sendable (StoreError) -> Void
    }

    private struct Queue {
        var waiting: [Job] = []
        var isDraining = false
        var isClosed = false
    }

    /// One caller's work must be taken back: the batch has to run again, with savepoints.
    private struct MustTakeBack: Error {}

    /// An error of one caller made SQLite roll back the work of all.
    private struct TransactionLost: Error {
        let cause: any Error
    }

    static let largestBatch = 128

    private let pool: DatabasePool
    private let limit: Int
    private let queue = Mutex(Queue())
    private let newsCount = Atomic(0)
    private let changeCount = Atomic(0)
    private let checkpoints = CheckpointKeeper()
    /// Once it is lost, everybody is refused.
    let trust = DiskTrust()
    private let listener: (any StoreListener)?

    /// - Parameter queueLimit: how many callers may wait; more are told that the store is unavailable, but
    ///   for those that write `evenIfFull`.
    init(pool: DatabasePool, queueLimit: Int, listener: (any StoreListener)? = nil) {
        self.pool = pool
        limit = queueLimit
        self.listener = listener
        pool.asyncWriteWithoutTransaction { [checkpoints] in checkpoints.watch($0) }
    }

    /// Counts the commits with news in them, each before its callers are answered.
    var news: Int { newsCount.load(ordering: .acquiring) }

    /// Counts the commits that changed a row, each before its callers are answered.
    var changes: Int { changeCount.load(ordering: .acquiring) }

    /// How many callers wait for a commit that has not begun.
    var waiting: Int { queue.withLock { $0.waiting.count } }

    /// - Parameters:
    ///   - evenIfFull: for callers that bound themselves and whose work makes room: a crowd of others must not keep
    ///     deliveries from being settled.
    ///   - isNews: somebody else has work to do when this is committed; see `news`.
    func write<Value: Sendable>(
        evenIfFull: Bool = false, isNews: Bool = false, _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { caller in
            enqueue(Self.job(for: caller, isNews: isNews, doing: work), evenIfFull: evenIfFull)
        }
        return try result.get()
    }

    /// Takes no more work, and returns when all that was taken is committed.
    func close() async {
        let _: Result<Void, StoreError> = await withCheckedContinuation { caller in
            enqueue(Self.job(for: caller, isNews: false, doing: { _ in }), evenIfFull: true, isLast: true)
        }
    }

    private static func job<Value: Sendable>(
        for caller: CheckedContinuation<Result<Value, StoreError>, Never>, isNews: Bool,
        doing work: @escaping @Sendable (Database) throws -> Value
    ) -> Job {
        Job(
            isNews: isNews,
            run: { db in
                do {
                    let value = try work(db)
                    return .keep { caller.resume(returning: .success(value)) }
                } catch let undone as Undone<Value> {
                    return .undo { caller.resume(returning: .success(undone.answer)) }
                }
            },
            fail: { caller.resume(returning: .failure($0)) })
    }

    private func enqueue(_ job: Job, evenIfFull: Bool, isLast: Bool = false) {
        let (refusal, mustStart) = queue.withLock { queue -> (StoreError?, Bool) in
            if queue.isClosed { return (.unavailable(reason: "the store is shutting down"), false) }
            if !evenIfFull && queue.waiting.count >= limit { return (.unavailable(reason: "too many waiting"), false) }
            queue.waiting.append(job)
            queue.isClosed = isLast
            defer { queue.isDraining = true }
            return (nil, !queue.isDraining)
        }
        if let refusal { return job.fail(refusal) }
        if mustStart { pool.asyncWriteWithoutTransaction { self.drain($0) } }
    }

    private func drain(_ db: Database) {
        while let batch = nextBatch() {
            let start = DispatchTime.now().uptimeNanoseconds
            commit(batch, on: db)
            listener?.committed(
                callers: batch.count, nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds - start))
            if trust.isLost { continue }
            do {
                try checkpoints.tend(db, callers: batch.count)
            } catch {
                // Tried again later: nothing is lost without it, unless the disk cannot be trusted any more.
                trust.note(error)
            }
        }
    }

    private func nextBatch() -> [Job]? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isDraining = false
                return nil
            }
            let batch = Array(queue.waiting.prefix(Self.largestBatch))
            queue.waiting.removeFirst(batch.count)
            return batch
        }
    }

    /// Answers every job, whatever happens.
    private func commit(_ jobs: [Job], on db: Database) {
        do {
            try transact(jobs, on: db) { try Self.runPlainly($0, on: db) }
        } catch is MustTakeBack {
            commitWithSavepoints(jobs, on: db)
        } catch {
            for job in jobs { job.fail(StoreError(error)) }
        }
    }

    private func commitWithSavepoints(_ jobs: [Job], on db: Database) {
        do {
            try transact(jobs, on: db) { try runInSavepoint($0, on: db) }
        } catch let lost as TransactionLost {
            guard jobs.count > 1 else { return jobs.forEach { $0.fail(StoreError(lost.cause)) } }
            for job in jobs { commitWithSavepoints([job], on: db) }
        } catch {
            for job in jobs { job.fail(StoreError(error)) }
        }
    }

    /// One transaction: when it is on the disk, the callers hear of it.
    private func transact(_ jobs: [Job], on db: Database, _ run: (Job) throws -> Answering) throws {
        if trust.isLost { throw DiskTrust.Lost() }
        do {
            let before = db.totalChangesCount
            try db.beginTransaction(.immediate)
            let answers = try jobs.map(run)
            if trust.isLost { throw DiskTrust.Lost() }
            try db.commit()
            if db.totalChangesCount != before { changeCount.add(1, ordering: .releasing) }
            if jobs.contains(where: \.isNews) { newsCount.add(1, ordering: .releasing) }
            for answer in answers { answer() }
        } catch {
            trust.note(error)
            // Does nothing when SQLite has rolled back by itself already.
            try? db.rollback()
            throw error
        }
    }

    private static func runPlainly(_ job: Job, on db: Database) throws -> Answering {
        guard let ending = try? job.run(db), case .keep(let answer) = ending else { throw MustTakeBack() }
        return answer
    }

    private func runInSavepoint(_ job: Job, on db: Database) throws -> Answering {
        try db.run("SAVEPOINT caller")
        let answer: Answering
        do {
            switch try job.run(db) {
            case .keep(let kept): answer = kept
            case .undo(let undone):
                try db.run("ROLLBACK TO caller")
                answer = undone
            }
        } catch {
            trust.note(error)
            // Without this check the next savepoint would open a transaction of its own and commit it alone.
            guard db.isInsideTransaction else { throw TransactionLost(cause: error) }
            try db.run("ROLLBACK TO caller")
            let meaning = StoreError(error)
            answer = { job.fail(meaning) }
        }
        try db.run("RELEASE caller")
        return answer
    }
}
