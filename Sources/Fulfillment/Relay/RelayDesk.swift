import Orders
import Synchronization

/// What the relay's loop and its deliveries share.
final class RelayDesk: Sendable {
    private struct State {
        var breaker: EndpointBreaker
        /// Exchanges with the endpoint.
        var exchanging = 0
        /// Claims not settled yet: those that exchange, and those whose settlement is being written.
        var claimed = 0
        /// Nothing may go out now, whatever is new; the loop goes round by the time.
        var isResting = false
        var isStopping = false
        var hasGivenUp = false
    }

    let bell = Bell()
    private let concurrency: Int
    private let state: Mutex<State>

    init(concurrency: Int, breaker: EndpointBreaker) {
        self.concurrency = max(1, concurrency)
        state = Mutex(State(breaker: breaker))
    }

    /// How many deliveries may be claimed now.
    ///
    /// A delivery gives its slot up with the answer, so that the next exchange need not wait for the settlement's
    /// commit; settlements that pile up behind a slow store stop the claiming in their turn.
    var freeSlots: Int {
        state.withLock { max(0, min(concurrency - $0.exchanging, 2 * concurrency - $0.claimed)) }
    }

    /// The store may have something due. A house that is down or asked to be left alone is not asked more often for it.
    func hint() { if !state.withLock(\.isResting) { bell.ring() } }

    func rests(_ isResting: Bool) { state.withLock { $0.isResting = isResting } }

    var isIdle: Bool { state.withLock { $0.claimed == 0 } }

    func claimed(_ count: Int) {
        state.withLock {
            $0.exchanging += count
            $0.claimed += count
        }
    }

    /// The exchange is over: frees its slot and learns from it.
    /// - Returns: what that changed.
    func answered(_ decision: DeliveryDecision, at now: Timestamp, uptime: Int64) -> Lesson {
        defer { bell.ring() }
        return state.withLock {
            let (wasDown, wasHolding) = ($0.breaker.isDown, $0.breaker.holdUntil != nil)
            $0.exchanging -= 1
            $0.breaker.note(decision, at: now, uptime: uptime)
            return Lesson(
                wasDown: wasDown, isDown: $0.breaker.isDown,
                startsHold: !wasHolding && $0.breaker.holdUntil != nil)
        }
    }

    struct Lesson: Sendable {
        let wasDown: Bool
        let isDown: Bool
        let startsHold: Bool
    }

    func settled() {
        state.withLock { $0.claimed -= 1 }
        bell.ring()
    }

    func breaker<Value: Sendable>(_ body: (inout EndpointBreaker) -> Value) -> Value {
        state.withLock { body(&$0.breaker) }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    func stop() {
        state.withLock { $0.isStopping = true }
        bell.ring()
    }

    /// The time for finishing is over: what cannot be settled now is left to the recovery at the next start.
    var hasGivenUp: Bool { state.withLock { $0.hasGivenUp } }

    func giveUp() { state.withLock { $0.hasGivenUp = true } }
}
