import Fulfillment
import Orders
import Synchronization

/// The house's memory: which deliveries it took, and which of its messages are still meant.
final class HouseDesk: Sendable {
    /// How a delivery is answered.
    enum Answer: Sendable, Hashable {
        case taken
        case duplicate
        /// On purpose, by `--fail-rate`: the sender must try again.
        case failed
        case notUnderstood
    }

    private struct State {
        var taken: Set<String> = []
        var random: SeededGenerator
        /// All that the latest plan of an order says.
        var meant: [String: [HouseReply]] = [:]
        /// Parcels that the carrier has, per order.
        var shipped: [String: Set<String>] = [:]
    }

    private let habits: HouseHabits
    private let state: Mutex<State>
    /// Messages to send, each at its time.
    let replies: AsyncStream<HouseReply>
    private let queue: AsyncStream<HouseReply>.Continuation
    private let say: @Sendable (String) -> Void

    init(habits: HouseHabits, say: @escaping @Sendable (String) -> Void) {
        self.habits = habits
        self.say = say
        state = Mutex(State(random: SeededGenerator(seed: habits.seed)))
        (replies, queue) = AsyncStream.makeStream()
    }

    /// Takes a verified delivery: once per `webhook-id`, however often it comes.
    func take(_ webhookID: String, body: [UInt8], at now: Timestamp) -> Answer {
        let fails = state.withLock { $0.random.happens(habits.failRate) }
        guard !fails else {
            say("\(webhookID): answered with an error on purpose")
            return .failed
        }
        guard let event = HouseEvent.read(body) else {
            say("\(webhookID): not understood")
            return .notUnderstood
        }
        guard state.withLock({ $0.taken.insert(webhookID).inserted }) else {
            say("\(webhookID): came again, nothing to do")
            return .duplicate
        }
        say("\(webhookID): \(event.summary)")
        switch event {
        case .orderPlaced(let order): start(HousePlan.plan(order, habits: habits, at: now), for: order.number)
        case .cancellationRequested(let number):
            start(HousePlan.cancellation(of: number, habits: habits, at: now), for: number, keepsShipped: true)
        case .unknown: break
        }
        return .taken
    }

    /// A new plan for an order replaces what was still to be said; after a cancellation, parcels that the carrier
    /// has already go on.
    private func start(_ plan: HousePlan, for orderNumber: String, keepsShipped: Bool = false) {
        state.withLock { state in
            let shipped = state.shipped[orderNumber] ?? []
            let earlier = keepsShipped ? state.meant[orderNumber] ?? [] : []
            let kept = earlier.filter { $0.packageID.map(shipped.contains) ?? false }
            state.meant[orderNumber] = kept + plan.replies
        }
        for reply in plan.replies { queue.yield(reply) }
    }

    /// Asked when a message falls due: false when something came in between that makes it untrue.
    func letsGo(_ reply: HouseReply) -> Bool {
        state.withLock { state in
            guard state.meant[reply.orderNumber]?.contains(where: { $0.id == reply.id }) == true else { return false }
            if let parcel = reply.packageID, !reply.isBeforeShipping {
                state.shipped[reply.orderNumber, default: []].insert(parcel)
            }
            return true
        }
    }
}
