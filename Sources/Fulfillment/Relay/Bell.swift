import Synchronization

/// Wakes one waiter: rung before the wait, it returns at once; rung often, it counts as once.
final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.isRung = true }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns when rung, when the time is over, or when the task is cancelled. One waiter at a time.
    func wait(milliseconds: Int64, clock: any Clock) async {
        if takeRing() { return }
        let timer = Task {
            do {
                try await clock.wait(milliseconds: milliseconds)
                ring()
            } catch {
                // Rung before its time.
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isRung = state.withLock { state in
                    if !state.isRung { state.waiter = waiter }
                    defer { state.isRung = false }
                    return state.isRung
                }
                if isRung { waiter.resume() }
            }
        } onCancel: {
            ring()
        }
        timer.cancel()
    }

    private func takeRing() -> Bool {
        state.withLock { state in
            defer { state.isRung = false }
            return state.isRung
        }
    }
}
