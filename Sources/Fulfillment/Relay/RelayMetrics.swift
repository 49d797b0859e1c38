import Metrics
import Orders

/// Counts attempts by what came of them.
struct RelayMetrics: Sendable {
    private let delivered = Counter(label: "mailroom_delivery_attempts_total", dimensions: [("outcome", "delivered")])
    private let retried = Counter(label: "mailroom_delivery_attempts_total", dimensions: [("outcome", "retry")])
    private let exhausted = Counter(label: "mailroom_delivery_attempts_total", dimensions: [("outcome", "exhausted")])

    func count(_ outcome: DeliveryOutcome) {
        switch outcome {
        case .delivered: delivered.increment()
        case .retry: retried.increment()
        case .exhausted: exhausted.increment()
        }
    }
}
