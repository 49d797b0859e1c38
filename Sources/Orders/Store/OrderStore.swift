/// Remembers orders. One method is one use case is one transaction: no handle, row or SQL crosses this line, and
/// keys and time come in as arguments, so that a store may batch many callers into one commit, or run one again.
///
/// No write is undone by the cancellation of the calling task: a client that hangs up does not unmake an order.
package protocol OrderStore: Sendable {
    /// Writes the order, its announcement and its idempotency key together, or nothing.
    /// Raises `possibleDuplicate` by itself.
    func place(_ order: Order, announcing event: OutboxEvent, key: IdempotencyKey?) async throws(StoreError)
        -> Placement

    /// What an earlier `place` under this key made; nil when the key is not bound. For a retry that would be
    /// refused today, because the catalog changed since.
    func placement(under key: IdempotencyKey) async throws(StoreError) -> Placement?

    func order(_ number: OrderNumber) async throws(StoreError) -> Order?

    /// The order of that token; nil also when only the key fits.
    func order(holding token: StatusToken) async throws(StoreError) -> Order?

    func detail(_ number: OrderNumber) async throws(StoreError) -> OrderDetail?

    /// One page of the staff list.
    func orders(_ query: OrderQuery) async throws(StoreError) -> OrderPage

    /// Remembers the webhook, finds its order, applies it and writes what changed, together.
    /// - Parameter receipt: the verified message: its id, digest and bytes.
    func apply(_ update: ShippingUpdate, received receipt: WebhookReceipt) async throws(StoreError)
        -> ShippingOutcome

    /// Decides and does an action. `ifMatch` holds the entity tags of the request's `If-Match`; nil means none sent,
    /// `["*"]` fits any.
    /// - Parameter trace: the request that asks for it; goes with what it announces.
    func perform(
        _ action: StaffAction, on number: OrderNumber, by actor: Actor, at now: Timestamp, ifMatch: [String]?,
        trace: TraceContext?
    ) async throws(StoreError) -> ActionOutcome

    func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> DeliveryPage

    /// Same id and bytes, attempts start again.
    func redeliver(_ id: EventID, by actor: Actor, at now: Timestamp) async throws(StoreError) -> RedeliveryOutcome

    /// Pauses or resumes an endpoint for staff; false when there is no such endpoint.
    func setPaused(_ paused: Bool, endpoint: String, at now: Timestamp) async throws(StoreError) -> Bool

    /// Messages of the house that fit no order (`unmatched`), were matched by hand, dismissed, or not understood.
    func inboundUpdates(_ query: InboundUpdateQuery) async throws(StoreError) -> InboundUpdatePage

    /// Applies a kept message to an order that staff name.
    /// - Parameter read: turns the kept bytes into an update; nil when they are not understood.
    func match(
        _ id: Int64, to number: OrderNumber, by actor: Actor, at now: Timestamp,
        reading read: @escaping @Sendable (InboundUpdate) -> ShippingUpdate?
    ) async throws(StoreError) -> MatchOutcome

    func dismiss(_ id: Int64, by actor: Actor, at now: Timestamp) async throws(StoreError) -> MatchOutcome

    /// How many orders stand in each state; each count stops at 10,000.
    func counts() async throws(StoreError) -> [OrderStatus: CappedCount]

    /// What happened on each day, for a chart: day `n` begins at the n-th of these times and ends at the next.
    /// - Parameter borders: in order; one more than there are days.
    func tallies(between borders: [Timestamp]) async throws(StoreError) -> [DayTally]

    /// Writes, syncs and removes nothing anybody sees: proves that the store takes writes now.
    func probe() async throws(StoreError)
}

extension OrderStore {
    /// For whoever acts without a request: no trace.
    package func perform(
        _ action: StaffAction, on number: OrderNumber, by actor: Actor, at now: Timestamp, ifMatch: [String]?
    ) async throws(StoreError) -> ActionOutcome {
        try await perform(action, on: number, by: actor, at: now, ifMatch: ifMatch, trace: nil)
    }
}

/// One day of the charts. Each number stops at `cap`.
package struct DayTally: Sendable, Hashable {
    package static let cap = 100_000

    /// Placed that day.
    package var orders = 0
    /// Of what was to be told the house since that day: delivered, still on its way, out of attempts.
    package var delivered = 0
    package var waiting = 0
    package var exhausted = 0

    package init() {}
}

package enum Placement: Sendable {
    case placed(Order)
    /// The key's first request placed this order already.
    case replayed(Order)
    /// The key belongs to a request that meant something else.
    case keyReused
    /// The order's number or key is taken: draw again.
    case identityTaken
}

/// An order with all that staff see of it, read in one snapshot.
package struct OrderDetail: Sendable, Hashable {
    package let order: Order
    package let history: [HistoryEntry]
    package let deliveries: [Delivery]
    /// Counts the changes of the order's row.
    package let version: Int64

    package init(order: Order, history: [HistoryEntry], deliveries: [Delivery], version: Int64) {
        self.order = order
        self.history = history
        self.deliveries = deliveries
        self.version = version
    }

    /// A strong entity tag, with its quotes: it changes whenever anything staff see changes.
    package var entityTag: String {
        let deliveries = deliveries.map { delivery in
            let due = delivery.nextAttemptAt.map { String($0.milliseconds, radix: 36) } ?? ""
            return "\(delivery.attempts.count)\(delivery.state.rawValue.prefix(1))\(due)"
        }
        return "\"" + ([String(version)] + deliveries).joined(separator: ".") + "\""
    }
}

package struct WebhookReceipt: Sendable, Hashable {
    /// The house's `webhook-id`.
    package let id: String
    /// SHA-256 of the bytes.
    package let digest: [UInt8]
    package let bytes: [UInt8]
    package let at: Timestamp

    package init(id: String, digest: [UInt8], bytes: [UInt8], at: Timestamp) {
        self.id = id
        self.digest = digest
        self.bytes = bytes
        self.at = at
    }
}

package enum ShippingOutcome: Sendable, Hashable {
    case applied
    case ignored(reason: String)
    /// This `webhook-id` was seen, with the same bytes.
    case duplicate
    /// Fits no order: kept for staff.
    case unmatched
    /// This `webhook-id` was seen, with other bytes.
    case idReused
}

package enum ActionOutcome: Sendable {
    case done(OrderDetail)
    /// `original` and the new order that sends it again.
    case reshipped(original: OrderDetail, new: OrderDetail)
    case notFound
    case refused(TransitionRefusal)
    /// The `If-Match` did not fit (HTTP 412).
    case changedSince
    /// A reship's number or key is taken: draw again.
    case identityTaken
}

package enum RedeliveryOutcome: Sendable {
    case done(Delivery)
    case notFound
    case inFlight
    /// The order's person was forgotten, and the bytes with them.
    case erased(OrderStatus)
}

/// A message that was kept because it fitted no order, or was not understood.
package struct InboundUpdate: Sendable, Hashable {
    package let id: Int64
    package let webhookID: String
    package let type: String
    package let orderNumber: String?
    package let receivedAt: Timestamp
    /// When the house says that it happened; see `ShippingUpdate.sentAt`.
    package let sentAt: Timestamp
    package let bytes: [UInt8]
    package let state: InboundUpdateState
    package let reason: String?

    package init(
        id: Int64, webhookID: String, type: String, orderNumber: String?, receivedAt: Timestamp, sentAt: Timestamp,
        bytes: [UInt8], state: InboundUpdateState, reason: String?
    ) {
        self.id = id
        self.webhookID = webhookID
        self.type = type
        self.orderNumber = orderNumber
        self.receivedAt = receivedAt
        self.sentAt = sentAt
        self.bytes = bytes
        self.state = state
        self.reason = reason
    }
}

package enum InboundUpdateState: String, Sendable {
    /// Waits for staff.
    case unmatched
    /// Of a type or status that we do not know; kept, nobody needs to act.
    case ignored
    case matched
    case dismissed
}

package enum MatchOutcome: Sendable {
    case done(InboundUpdate)
    case notFound
    case orderNotFound
    /// It was matched or dismissed before.
    case settledAlready
    case notUnderstood
}
