import Synchronization

/// Collects what happens, and lets a test wait until so much has happened.
package final class Log<Entry: Sendable>: Sendable {
    private struct State {
        var entries: [Entry] = []
        var waiters: [(count: Int, waiter: CheckedContinuation<[Entry], Never>)] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var entries: [Entry] { state.withLock { $0.entries } }

    /// - Returns: its index.
    @discardableResult
    package func add(_ entry: Entry) -> Int {
        let (index, entries, ready) = state.withLock { state in
            state.entries.append(entry)
            let ready = state.waiters.filter { $0.count <= state.entries.count }.map(\.waiter)
            state.waiters.removeAll { $0.count <= state.entries.count }
            return (state.entries.count - 1, state.entries, ready)
        }
        for waiter in ready { waiter.resume(returning: entries) }
        return index
    }

    /// Waits until there are so many.
    package func first(_ count: Int) async -> [Entry] {
        await withCheckedContinuation { waiter in
            let enough: [Entry]? = state.withLock { state in
                guard state.entries.count < count else { return state.entries }
                state.waiters.append((count, waiter))
                return nil
            }
            if let enough { waiter.resume(returning: enough) }
        }
    }
}
