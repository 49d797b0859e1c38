import Metrics
import Orders

/// Counts attempts by what came of them, and measures how long the house takes.
struct RelayMetrics: Sendable {
    private let delivered: Counter
    private let retried: Counter
    private let exhausted: Counter
    private let duration: Metrics.Timer

    init(_ factory: any MetricsFactory) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: "mailroom_delivery_attempts_total", dimensions: [("outcome", outcome)], factory: factory)
        }
        delivered = counter("delivered")
        retried = counter("retry")
        exhausted = counter("exhausted")
        duration = Metrics.Timer(label: "mailroom_delivery_attempt_duration_seconds", dimensions: [], factory: factory)
    }

    func note(_ outcome: DeliveryOutcome, nanoseconds: Int64) {
        switch outcome {
        case .delivered: delivered.increment()
        case .retry: retried.increment()
        case .exhausted: exhausted.increment()
        }
        duration.recordNanoseconds(nanoseconds)
    }
}
