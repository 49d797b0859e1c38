/// How long the person behind an order is kept (contract §8): so many days after a final status, and at the latest a
/// year after placing, whatever the status.
package struct RetentionRule: Sendable, Hashable {
    /// Counted from the placing.
    package static let longestDays = 365
    /// A message of the house that waits for staff stays at least so long, however short the rule is.
    package static let leastWaitingDays = 30

    /// After the final status.
    package let days: Int

    package init(days: Int) { self.days = days }

    /// The first moment at which the personal data has to go.
    /// - Parameter finalSince: since when the order stands in its final status; nil while it does not.
    package func dueAt(placedAt: Timestamp, finalSince: Timestamp?) -> Timestamp {
        let latest = placedAt.adding(days: Self.longestDays)
        return min(latest, finalSince?.adding(days: days) ?? latest)
    }

    /// The same the other way round: what was final, placed or received up to these moments is due now.
    package func limits(at now: Timestamp) -> RetentionLimits {
        RetentionLimits(
            final: now.adding(days: -days), placed: now.adding(days: -Self.longestDays),
            settledMessage: now.adding(days: -days),
            waitingMessage: now.adding(days: -max(days, Self.leastWaitingDays)))
    }
}

/// Each inclusive.
package struct RetentionLimits: Sendable, Hashable {
    /// Orders that stand in a final status since then.
    package let final: Timestamp
    /// Orders placed then, whatever became of them.
    package let placed: Timestamp
    /// Kept messages of the house that nobody waits for: matched, dismissed, not understood.
    package let settledMessage: Timestamp
    /// Kept messages of the house that nobody matched.
    package let waitingMessage: Timestamp
}

extension OrderStatus {
    /// Nothing more is to be sent to the address or asked of the reader.
    ///
    /// `returned` counts: the parcel is back, and who wants it sent again has `retention.days` to say so. `shipped` does
    /// not, although many carriers never report an arrival: the parcel may still come back or have to be traced; the
    /// year after placing ends it. `exception` does not: somebody has to decide what becomes of it.
    package var isFinal: Bool {
        switch self {
        case .delivered, .cancelled, .returned: true
        case .placed, .submitted, .backordered, .cancelRequested, .onHold, .partiallyShipped, .exception, .shipped:
            false
        }
    }
}

extension Timestamp {
    package func adding(days: Int) -> Timestamp { adding(seconds: Int64(days) * 86_400) }
}
