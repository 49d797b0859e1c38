import GRDB
import Orders
import Synchronization

/// Work that nobody waits for: indexes placed orders for search and forgets what is past its time.
///
/// It rides along with other callers' commits, so it costs no `fsync` of its own when the store is busy.
final class Upkeep: Sendable {
    /// How long it lets work gather: the index is behind by this much at most, and one step costs less per order.
    private static let pause = Duration.milliseconds(500)
    private static let ordersPerStep = 500

    private struct Progress {
        /// Counts changes of what is searched; the first stands for what an earlier process left.
        var changes: Int64 = 1
        var indexed: Int64 = 0
        var told = ToldTimes()
    }

    private let writer: GroupCommitWriter
    private let progress = Mutex(Progress())
    private let bell: AsyncStream<Void>.Continuation
    private let task: Mutex<Task<Void, Never>?>

    init(writer: GroupCommitWriter) {
        self.writer = writer
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.bell = bell
        task = Mutex(nil)
        bell.yield()
        let started = Task.detached(priority: .utility) { [weak self] in
            var sweep = Sweep()
            for await _ in rings {
                guard (try? await Task.sleep(for: Self.pause)) != nil, let self else { return }
                // What fails is tried again with the next ring; a search that needs the index hears of it.
                try? await catchUp(evenIfFull: true)
                sweep = (try? await swept(sweep)) ?? sweep
            }
        }
        task.withLock { $0 = started }
    }

    func stop() {
        bell.finish()
        task.withLock { $0?.cancel() }
    }

    /// What the sweep goes by.
    var toldTime: Timestamp? { progress.withLock { $0.told.agreed } }

    /// Says what time it is for a caller.
    func hear(_ time: Timestamp) { progress.withLock { $0.told.hear(time) } }

    /// Says that orders wait to be indexed. Call before the writer's caller is answered.
    func ring() {
        progress.withLock { $0.changes += 1 }
        bell.yield()
    }

    /// Returns when every order that was placed before the call can be found.
    func catchUp(evenIfFull: Bool = false) async throws(StoreError) {
        let target = progress.withLock { $0.indexed < $0.changes ? $0.changes : nil }
        guard let target else { return }
        while try await writer.write(
            evenIfFull: evenIfFull, { try SearchIndex(db: $0).indexPending(limit: Self.ordersPerStep) })
        {}
        progress.withLock { $0.indexed = max($0.indexed, target) }
    }

    private func swept(_ sweep: Sweep) async throws(StoreError) -> Sweep {
        guard let now = toldTime else { return sweep }
        return try await writer.write(evenIfFull: true) { try sweep.step(on: $0, now: now) }
    }
}
