import CCurl
import Fulfillment
import Synchronization

/// A request and who waits for its answer.
struct Post: Sendable {
    typealias Answer = Result<WebhookResponse, TransportError>

    let request: WebhookRequest
    let ticket: Ticket
    /// Resumed exactly once, by whoever takes the post out of the mailbox or refuses it.
    let answer: CheckedContinuation<Answer, Never>
}

/// Tells, from any thread, that nobody waits for a request any more.
final class Ticket: Sendable {
    private let flag = Atomic<Bool>(false)

    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    func cancel() { flag.store(true, ordering: .releasing) }
}

/// Where other threads leave requests for the loop, and wake it.
final class Mailbox: Sendable {
    /// What the loop finds.
    struct Mail {
        var posts: [Post] = []
        var isStopping = false
    }

    private struct State {
        var posts: [Post] = []
        /// The address of the multi handle while it may be woken: kept as a number, since a pointer is no Sendable.
        var multi: UInt?
        /// The loop sleeps, or is about to: it has seen everything that lies here.
        var isPolling = false
        var isStopping = false
        var hasStopped = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []

        mutating func wake() {
            guard isPolling, let multi, let handle = UnsafeMutableRawPointer(bitPattern: multi) else { return }
            isPolling = false
            // Within the lock: the loop takes the address back before it frees the handle.
            curl_multi_wakeup(handle)
        }
    }

    private let state = Mutex(State())

    func submit(_ post: Post) {
        let isTaken = state.withLock { state in
            guard !state.isStopping else { return false }
            state.posts.append(post)
            state.wake()
            return true
        }
        if !isTaken {
            post.answer.resume(
                returning: .failure(
                    TransportError(kind: .cancelled, detail: "the transport has stopped", requestSent: false)))
        }
    }

    func wake() { state.withLock { $0.wake() } }

    func stop(_ waiter: CheckedContinuation<Void, Never>?) {
        let hasStopped = state.withLock { state in
            state.isStopping = true
            if !state.hasStopped, let waiter { state.stopWaiters.append(waiter) }
            state.wake()
            return state.hasStopped
        }
        if hasStopped { waiter?.resume() }
    }
}

/// What the loop alone calls.
extension Mailbox {
    func take() -> Mail {
        state.withLock { state in
            state.isPolling = false
            defer { state.posts.removeAll(keepingCapacity: true) }
            return Mail(posts: state.posts, isStopping: state.isStopping)
        }
    }

    /// False when there is mail: look again instead of sleeping.
    func beginPolling(knowsOfStop: Bool) -> Bool {
        state.withLock { state in
            state.isPolling = state.posts.isEmpty && state.isStopping == knowsOfStop
            return state.isPolling
        }
    }

    func setMulti(_ handle: UnsafeMutableRawPointer?) {
        let address = handle.map { UInt(bitPattern: $0) }
        state.withLock { $0.multi = address }
    }

    func stopped() {
        let waiters = state.withLock { state in
            state.hasStopped = true
            defer { state.stopWaiters = [] }
            return state.stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
