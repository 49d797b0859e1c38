import GRDB
import Orders
import Synchronization

/// Work that nobody waits for: indexes placed orders for search and forgets what is past its time.
///
/// It rides along with other callers' commits, so it costs no `fsync` of its own when the store is busy.
final class Upkeep: Sendable {
    /// How long it lets work gather: the index is behind by this much at most, and one step costs less per order.
    private static let pause = Duration.milliseconds(500)
    /// A step is one turn of the writer, for which others wait: some 2 ms. With 500 the slowest hundredth of requests
    /// waited a fifth longer; with 50 the index had more parts to merge.
    private static let ordersPerStep = 128
    /// The parts of the index that the steps leave are merged a little at a time, and what is left after so many turns goes
    /// on after a pause: a commit must not wait for hundreds of pages, nor a search for a hundred parts.
    private static let pagesPerMerge = 16
    private static let mostMergesInARow = 256

    private struct Progress {
        /// The writer's news that were taken in; those of an earlier process not yet.
        var indexedNews = -1
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
                // The rest at the next ring, and there is one.
                if (try? await merge()) == false { bell.yield() }
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

    /// Says that orders wait to be indexed.
    func ring() { bell.yield() }

    /// Returns when every order that was placed before the call can be found.
    func catchUp(evenIfFull: Bool = false) async throws(StoreError) {
        let news = writer.news
        guard progress.withLock({ $0.indexedNews < news }) else { return }
        while try await writer.write(
            evenIfFull: evenIfFull, { try SearchIndex(db: $0).indexPending(limit: Self.ordersPerStep) })
        {}
        progress.withLock { $0.indexedNews = max($0.indexedNews, news) }
    }

    /// - Returns: false when there is more to merge.
    private func merge() async throws(StoreError) -> Bool {
        for _ in 0..<Self.mostMergesInARow {
            let goesOn = try await writer.write(evenIfFull: true) {
                try SearchIndex(db: $0).merge(.likeSized, pages: Self.pagesPerMerge)
            }
            guard goesOn else { return true }
        }
        return false
    }

    private func swept(_ sweep: Sweep) async throws(StoreError) -> Sweep {
        guard let now = toldTime else { return sweep }
        return try await writer.write(evenIfFull: true) { try sweep.step(on: $0, now: now) }
    }
}
