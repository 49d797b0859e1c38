import Fulfillment
import Orders
import Synchronization

/// How many orders each view and each state has, at most some seconds old: every page of the list shows them, and
/// nobody needs them to the second.
final class ViewCounts: Sendable {
    private static let keepMilliseconds: Int64 = 5000

    struct Counts: Sendable {
        let views: [OrderView: CappedCount]
        let states: [OrderStatus: CappedCount]
    }

    private let store: any Store
    private let clock: any Clock
    private let kept = Mutex<(counts: Counts, at: Int64)?>(nil)

    init(store: any Store, clock: any Clock) {
        self.store = store
        self.clock = clock
    }

    func latest() async throws -> Counts {
        let now = clock.uptimeMilliseconds
        if let kept = kept.withLock({ $0 }), now - kept.at < Self.keepMilliseconds { return kept.counts }
        let states = try await store.counts()
        var views: [OrderView: CappedCount] = [:]
        for view in OrderView.allCases {
            let statuses = view.statuses.isEmpty ? Set(OrderStatus.allCases) : view.statuses
            views[view] = CappedCount(adding: statuses.map { states[$0] ?? CappedCount(0) })
        }
        // Which orders the house was not told of is no state.
        var attention = OrderQuery()
        attention.narrow(to: .attention)
        attention.limit = 1
        views[.attention] = try await store.orders(attention).count
        let counts = Counts(views: views, states: states)
        kept.withLock { $0 = (counts, now) }
        return counts
    }
}

extension CappedCount {
    /// One that stopped makes the sum an "at least".
    fileprivate init(adding counts: [CappedCount]) {
        let sum = counts.reduce(0) { $0 + $1.value }
        self.init(counts.contains(where: \.isCapped) ? max(sum, Self.cap + 1) : sum)
    }
}
