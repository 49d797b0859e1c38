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
/// Each caller still succeeds or fails by itself, in a savepoint of its own, and hears of it only after the commit.
/// Work is not tied to the calling task, so nobody's cancellation takes back a write; it may run twice, when an error
/// of one caller takes the whole transaction away, so it must have no effect outside the database.
final class GroupCommitWriter: Sendable {
    /// Answers one caller.
    private typealias Answering = @Sendable () -> Void

    private enum Ending {
        case keep(Answering)
        case undo(Answering)
    }

    private struct Job: Sendable {
        let run: @Sendable (Database) throws -> Ending
        let fail: @Sendable (StoreError) -> Void
    }

    private struct Queue {
        var waiting: [Job] = []
        var isDraining = false
        var isClosed = false
    }

    /// An error of one caller made SQLite roll back the work of all.
    private struct TransactionLost: Error {
        let cause: any Error
    }

    static let largestBatch = 128

    private let pool: DatabasePool
    private let limit: Int
    private let queue = Mutex(Queue())

    /// - Parameter queueLimit: how many callers may wait; more are told that the store is unavailable, but
    ///   for those that write `evenIfFull`.
    init(pool: DatabasePool, queueLimit: Int) {
        self.pool = pool
        limit = queueLimit
    }

    /// How many callers wait for a commit that has not begun.
    var waiting: Int { queue.withLock { $0.waiting.count } }

    /// - Parameter evenIfFull: for callers that bound themselves and whose work makes room: a crowd of others must not
    ///   keep deliveries from being settled.
    func write<Value: Sendable>(
        evenIfFull: Bool = false, _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { caller in
            enqueue(Self.job(for: caller, doing: work), evenIfFull: evenIfFull)
        }
        return try result.get()
    }

    /// Takes no more work, and returns when all that was taken is committed.
    func close() async {
        let _: Result<Void, StoreError> = await withCheckedContinuation { caller in
            enqueue(Self.job(for: caller, doing: { _ in }), evenIfFull: true, isLast: true)
        }
    }

    private static func job<Value: Sendable>(
        for caller: CheckedContinuation<Result<Value, StoreError>, Never>,
        doing work: @escaping @Sendable (Database) throws -> Value
    ) -> Job {
        Job(
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
        while let batch = nextBatch() { commit(batch, on: db) }
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
            try db.beginTransaction(.immediate)
            let answers = try run(jobs, on: db)
            try db.commit()
            for answer in answers { answer() }
        } catch {
            // Does nothing when SQLite has rolled back by itself already.
            try? db.rollback()
            guard let lost = error as? TransactionLost else {
                return jobs.forEach { $0.fail(StoreError(error)) }
            }
            guard jobs.count > 1 else { return jobs.forEach { $0.fail(StoreError(lost.cause)) } }
            for job in jobs { commit([job], on: db) }
        }
    }

    private func run(_ jobs: [Job], on db: Database) throws -> [Answering] {
        var answers: [Answering] = []
        for job in jobs {
            try db.run("SAVEPOINT caller")
            do {
                switch try job.run(db) {
                case .keep(let answer): answers.append(answer)
                case .undo(let answer):
                    try db.run("ROLLBACK TO caller")
                    answers.append(answer)
                }
            } catch {
                // Without this check the next savepoint would open a transaction of its own and commit it alone.
                guard db.isInsideTransaction else { throw TransactionLost(cause: error) }
                try db.run("ROLLBACK TO caller")
                let meaning = StoreError(error)
                answers.append { job.fail(meaning) }
            }
            try db.run("RELEASE caller")
        }
        return answers
    }
}
