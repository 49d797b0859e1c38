import Fulfillment
package import Orders
import Synchronization

/// Time that moves only when a test moves it.
package final class FakeClock: Clock {
    private struct Sleeper {
        let id: Int
        let wakings: Int
        let untilUptime: Int64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var wall: Int64
        var uptime: Int64 = 1_000_000
        var nextID = 0
        /// How often time woke somebody.
        var wakings = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    package init(_ now: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)) {
        state = Mutex(State(wall: now.milliseconds))
    }

    package var now: Timestamp { state.withLock { Timestamp(milliseconds: $0.wall) } }

    package var uptimeMilliseconds: Int64 { state.withLock { $0.uptime } }

    package func wait(milliseconds: Int64) async throws(CancellationError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { sleep(id: id, milliseconds: milliseconds, $0) }
        } onCancel: {
            cancel(id)
        }
        _ = state.withLock { $0.cancelled.remove(id) }
        guard isOver else { throw CancellationError() }
    }

    private func sleep(id: Int, milliseconds: Int64, _ continuation: CheckedContinuation<Bool, Never>) {
        let (atOnce, watchers) = state.withLock { state -> (Bool?, [CheckedContinuation<Void, Never>]) in
            if state.cancelled.contains(id) { return (false, []) }
            if milliseconds <= 0 { return (true, []) }
            state.sleepers.append(
                Sleeper(
                    id: id, wakings: state.wakings, untilUptime: state.uptime + milliseconds,
                    continuation: continuation))
            defer { state.watchers = [] }
            return (nil, state.watchers)
        }
        for watcher in watchers { watcher.resume() }
        if let atOnce { continuation.resume(returning: atOnce) }
    }

    private func cancel(_ id: Int) {
        let sleeper: Sleeper? = state.withLock { state in
            guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.sleepers.remove(at: index)
        }
        sleeper?.continuation.resume(returning: false)
    }

    /// Both clocks move; whose wait is over goes on, the earliest first.
    package func advance(milliseconds: Int64) {
        let due = state.withLock { state in
            state.wall += milliseconds
            state.uptime += milliseconds
            let due = state.sleepers.filter { $0.untilUptime <= state.uptime }
            state.sleepers.removeAll { $0.untilUptime <= state.uptime }
            if !due.isEmpty { state.wakings += 1 }
            return due.sorted { ($0.untilUptime, $0.id) < ($1.untilUptime, $1.id) }
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    package func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }

    /// Somebody sets the wall clock; no time passes.
    package func jumpWall(milliseconds: Int64) { state.withLock { $0.wall += milliseconds } }

    /// Returns when somebody waits who began to wait since time last woke anybody.
    package func settled() async { await sleeping { sleepers, wakings in sleepers.contains { $0.wakings == wakings } } }

    /// Returns when at least so many wait for time to pass: then advancing it reaches them.
    package func sleepers(_ count: Int) async { await sleeping { sleepers, _ in sleepers.count >= count } }

    /// Returns when somebody is to be woken no earlier than so long from now.
    package func longSleeper(milliseconds: Int64) async {
        let wakeUp = uptimeMilliseconds + milliseconds
        await sleeping { sleepers, _ in sleepers.contains { $0.untilUptime >= wakeUp } }
    }

    private func sleeping(_ isSo: @Sendable ([Sleeper], _ wakings: Int) -> Bool) async {
        while !state.withLock({ isSo($0.sleepers, $0.wakings) }) {
            await withCheckedContinuation { waiter in
                // Looked at again within the lock: whoever fell asleep in between has woken no watcher.
                let wasMissed = state.withLock { state in
                    let wasMissed = isSo(state.sleepers, state.wakings)
                    if !wasMissed { state.watchers.append(waiter) }
                    return wasMissed
                }
                if wasMissed { waiter.resume() }
            }
        }
    }

    /// Lets time pass, step by step, until something is so; between the steps everybody gets to sleep again.
    package func pass(stepMilliseconds: Int64 = 250, until isDone: @Sendable () async throws -> Bool) async rethrows {
        while try await !isDone() {
            await settled()
            advance(milliseconds: stepMilliseconds)
        }
    }

    /// Lets time pass until something is so, whether anybody waits for it or not: for what ends its waiting.
    package func rush(until isDone: @Sendable () -> Bool) async {
        while !isDone() {
            advance(milliseconds: 100)
            await Task.yield()
        }
    }
}
