import Histogram
import Orders

/// How long things took, as an HdrHistogram of microseconds with three significant digits, and the exact maximum.
struct Latencies: Sendable {
    /// What takes longer counts as this long in the percentiles; the maximum stays exact.
    private static let longestMicroseconds: UInt64 = 120_000_000

    private var histogram = Histogram<UInt32>(highestTrackableValue: longestMicroseconds)
    /// In microseconds.
    private(set) var maximum = 0

    var count: Int { Int(histogram.totalCount) }

    mutating func record(nanoseconds: Int64) {
        let microseconds = max(0, nanoseconds) / 1000
        histogram.record(min(UInt64(microseconds), Self.longestMicroseconds))
        maximum = max(maximum, Int(microseconds))
    }

    mutating func add(_ other: Latencies) {
        histogram.add(other.histogram)
        maximum = max(maximum, other.maximum)
    }

    /// In microseconds; 0 when nothing was recorded.
    func percentile(_ percent: Double) -> Int {
        guard count > 0 else { return 0 }
        return min(Int(histogram.valueAtPercentile(percent)), maximum)
    }

    /// Writes the members `p50`, `p90`, `p99`, `p999` and `max`, in microseconds.
    func writeMembers(to json: inout JSONWriter) {
        json.field("p50", percentile(50))
        json.field("p90", percentile(90))
        json.field("p99", percentile(99))
        json.field("p999", percentile(99.9))
        json.field("max", maximum)
    }
}
