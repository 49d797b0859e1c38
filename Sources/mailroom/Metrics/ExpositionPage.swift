/// Writes Prometheus' text format, version 0.0.4: one group of lines for each name, its help and type before it.
struct ExpositionPage {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(32 << 10) }

    mutating func begin(_ description: MetricDescription) {
        let help = description.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        write("# HELP \(description.name) \(help)\n# TYPE \(description.name) \(description.kind.rawValue)\n")
    }

    mutating func add(_ description: MetricDescription, _ values: [String], _ value: Double) {
        line(description.name, Array(zip(description.labels, values)), value)
    }

    mutating func add(_ description: MetricDescription, _ values: [String], _ histogram: HistogramSeries.State) {
        let labels = Array(zip(description.labels, values))
        var count = 0
        for (bound, inBucket) in zip(description.buckets + [.infinity], histogram.counts) {
            count += inBucket
            line("\(description.name)_bucket", labels + [("le", Self.number(bound))], Double(count))
        }
        line("\(description.name)_sum", labels, histogram.sum)
        line("\(description.name)_count", labels, Double(count))
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        write("\(name)\(pairs.isEmpty ? "" : "{\(pairs)}") \(Self.number(value))\n")
    }

    private mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// As Go reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
