/// What one metric is called, what it says, and by which labels it is told apart.
struct MetricDescription: Sendable, Hashable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    let name: String
    let kind: Kind
    /// For a person, one line.
    let help: String
    let labels: [String]
    /// Upper bounds, ascending, in the metric's unit; for histograms only.
    let buckets: [Double]

    static func counter(_ name: String, _ labels: [String], _ help: String) -> MetricDescription {
        MetricDescription(name: name, kind: .counter, help: help, labels: labels, buckets: [])
    }

    static func gauge(_ name: String, _ labels: [String], _ help: String) -> MetricDescription {
        MetricDescription(name: name, kind: .gauge, help: help, labels: labels, buckets: [])
    }

    static func histogram(
        _ name: String, _ labels: [String], buckets: [Double], _ help: String
    ) -> MetricDescription {
        MetricDescription(name: name, kind: .histogram, help: help, labels: labels, buckets: buckets)
    }
}
