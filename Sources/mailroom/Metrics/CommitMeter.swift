import Metrics
import SQLiteStore

/// Measures the store's commits.
struct CommitMeter: StoreListener {
    private let callers: Recorder
    private let duration: Metrics.Timer

    init(factory: any MetricsFactory) {
        callers = Recorder(label: "mailroom_commit_callers", dimensions: [], aggregate: true, factory: factory)
        duration = Metrics.Timer(label: "mailroom_commit_duration_seconds", dimensions: [], factory: factory)
    }

    func committed(callers count: Int, nanoseconds: Int64) {
        callers.record(count)
        duration.recordNanoseconds(nanoseconds)
    }
}
