/// An event's way to one endpoint, as staff see it.
package struct Delivery: Sendable, Hashable {
    package let id: EventID
    package let kind: OutboxEvent.Kind
    package let orderNumber: OrderNumber
    package let endpoint: String
    package let state: DeliveryState
    package let attempts: [DeliveryAttempt]
    /// Only while pending.
    package let nextAttemptAt: Timestamp?

    package init(
        id: EventID, kind: OutboxEvent.Kind, orderNumber: OrderNumber, endpoint: String, state: DeliveryState,
        attempts: [DeliveryAttempt], nextAttemptAt: Timestamp?
    ) {
        self.id = id
        self.kind = kind
        self.orderNumber = orderNumber
        self.endpoint = endpoint
        self.state = state
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("id", id.description)
            $0.field("event", kind.rawValue)
            $0.field("order_number", orderNumber.description)
            $0.field("endpoint", endpoint)
            $0.field("state", state.rawValue)
            $0.array("attempts", attempts) { $0.write(to: &$1) }
            $0.field("next_attempt_at", nextAttemptAt)
        }
    }
}

package enum DeliveryState: String, Sendable, CaseIterable {
    case pending
    case inFlight = "in_flight"
    case delivered
    /// Out of attempts: kept, shown, resendable.
    case exhausted
    /// Held or cancelled before it was sent.
    case withdrawn
}

/// One try.
package struct DeliveryAttempt: Sendable, Hashable {
    package let startedAt: Timestamp
    package let endedAt: Timestamp
    /// The HTTP status; nil when no answer came.
    package let status: Int?
    /// For staff: `connect`, `timeout`, `interrupted`, … and why; nil on success. Never quotes the body.
    package let error: String?

    package init(startedAt: Timestamp, endedAt: Timestamp, status: Int?, error: String?) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.status = status
        self.error = error
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("started_at", startedAt)
            $0.field("ended_at", endedAt)
            $0.field("status", status)
            $0.field("error", error)
        }
    }
}
