import Synchronization

/// Connections with a request that has come whole and is not answered yet: what waits for the store, and for a
/// processor. Bounds what a crowd can make wait at once; the store bounds its own queue as well.
final class Backlog: Sendable {
    private let count = Atomic<Int>(0)
    private let limit: Int

    /// - Parameter limit: beyond so many the next are turned away.
    init(limit: Int) { self.limit = limit }

    var isFull: Bool { count.load(ordering: .relaxed) > limit }

    func add(_ change: Int) { count.add(change, ordering: .relaxed) }
}
