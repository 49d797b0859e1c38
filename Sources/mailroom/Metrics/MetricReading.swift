/// A value that is looked up when somebody asks, instead of being kept all the time.
struct MetricReading: Sendable, Hashable {
    let name: String
    /// The labels' values, in the order of the metric's description.
    let labels: [String]
    let value: Double

    init(_ name: String, _ labels: [String], _ value: Double) {
        self.name = name
        self.labels = labels
        self.value = value
    }
}
