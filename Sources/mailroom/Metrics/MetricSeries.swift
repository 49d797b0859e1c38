import Metrics
import Synchronization

/// One line of a counter. What would make it smaller is passed over: a counter only grows.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let total = Mutex(0.0)

    var value: Double { total.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        total.withLock { $0 += amount }
    }

    /// A counter that begins anew would look like a restart; nobody here wants one.
    func reset() {}
}

/// One line of a gauge.
final class GaugeSeries: MeterHandler, RecorderHandler {
    private let latest = Mutex(0.0)

    var value: Double { latest.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { latest.withLock { $0 = value } }

    func increment(by amount: Double) { latest.withLock { $0 += amount } }

    func decrement(by amount: Double) { latest.withLock { $0 -= amount } }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }
}

/// The lines of one histogram with the same labels.
final class HistogramSeries: TimerHandler, RecorderHandler {
    struct State: Sendable {
        /// How many fell into each bucket alone; the last is for what is larger than every bound.
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    var snapshot: State { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[index] += 1
            $0.sum += value
        }
    }
}
