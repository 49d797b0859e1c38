import Logging
import Metrics
import Synchronization

/// Keeps what the metrics facade counts and measures, and writes it in Prometheus' text format.
///
/// There is no Prometheus backend for swift-metrics among the packages this is built of, and those there are end the
/// process when one name comes with two sets of labels. Here that is counted, logged once, and otherwise without effect:
/// nothing that only watches may end the service.
final class MetricsRegistry: MetricsFactory {
    /// More label sets than any metric of ours can have: a label whose values come from outside is a mistake.
    static let seriesAtMost = 1000

    private enum Series: Sendable {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    private struct Family {
        let description: MetricDescription
        var series: [[String]: Series] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        /// In the order of their coming, after those of the table.
        var unknown: [String] = []
        var rejected: [String: Int] = [:]
    }

    private let known: [MetricDescription]
    private let logger: Logger
    private let state: Mutex<State>

    init(known: [MetricDescription] = KnownMetrics.all, logger: Logger = Logger(label: "metrics")) {
        self.known = known
        self.logger = logger
        let families = known.map { ($0.name, Family(description: $0)) }
        state = Mutex(State(families: Dictionary(families, uniquingKeysWith: { first, _ in first })))
    }

    // MARK: The facade's side

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .counter(let series) = series(label, dimensions, .counter) else { return CounterSeries() }
        return series
    }

    func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        guard case .counter(let series) = series(label, dimensions, .counter) else { return CounterSeries() }
        return series
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        guard case .gauge(let series) = series(label, dimensions, .gauge) else { return GaugeSeries() }
        return series
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        switch series(label, dimensions, aggregate ? .histogram : .gauge) {
        case .gauge(let series): return series
        case .histogram(let series): return series
        case .counter, nil: return GaugeSeries()
        }
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard case .histogram(let series) = series(label, dimensions, .histogram) else {
            return HistogramSeries(bounds: [])
        }
        return series
    }

    // What was counted stays counted: a counter that vanishes looks like a restart.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of these labels, made when it is new; nil when the name is taken by another kind or other labels.
    private func series(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricDescription.Kind
    ) -> Series? {
        let name = Self.plain(label)
        let dimensions = dimensions.map { (Self.plain($0.0), $0.1) }
        let (series, isFirstRejection) = state.withLock { state -> (Series?, Bool) in
            if state.families[name] == nil {
                let description = MetricDescription(
                    name: name, kind: kind, help: "Not described.", labels: dimensions.map(\.0),
                    buckets: kind == .histogram ? KnownMetrics.durationBuckets : [])
                state.families[name] = Family(description: description)
                state.unknown.append(name)
            }
            guard let description = state.families[name]?.description, description.kind == kind,
                let values = Self.values(dimensions, in: description),
                let series = Self.series(values, in: &state.families[name])
            else {
                state.rejected[name, default: 0] += 1
                return (nil, state.rejected[name] == 1)
            }
            return (series, false)
        }
        if isFirstRejection { logger.error("a metric was asked for in two ways", metadata: ["name": "\(name)"]) }
        return series
    }

    private static func series(_ values: [String], in family: inout Family?) -> Series? {
        guard let description = family?.description else { return nil }
        if let series = family?.series[values] { return series }
        guard family?.series.count ?? 0 < seriesAtMost else { return nil }
        let series: Series =
            switch description.kind {
            case .counter: .counter(CounterSeries())
            case .gauge: .gauge(GaugeSeries())
            case .histogram: .histogram(HistogramSeries(bounds: description.buckets))
            }
        family?.series[values] = series
        return series
    }

    /// In the description's order, whatever order they came in.
    private static func values(_ dimensions: [(String, String)], in description: MetricDescription) -> [String]? {
        guard dimensions.count == description.labels.count else { return nil }
        var values: [String] = []
        for label in description.labels {
            guard let value = dimensions.first(where: { $0.0 == label })?.1 else { return nil }
            values.append(value)
        }
        return values
    }

    /// Letters, digits and underscores, as Prometheus 2 wants names: dots and hyphens become underscores.
    private static func plain(_ name: String) -> String {
        let plain = String(
            name.unicodeScalars.map { scalar -> Character in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_": Character(scalar)
                default: "_"
                }
            })
        return plain.first?.isNumber ?? true ? "_" + plain : plain
    }

    // MARK: Prometheus' side

    /// The whole page: what was counted, and what was looked up for it.
    func exposition(with readings: [MetricReading]) -> [UInt8] {
        let (families, rejected) = state.withLock { state in
            let unknown = state.unknown.compactMap { state.families[$0] }
            return (known.compactMap { state.families[$0.name] } + unknown, state.rejected.values.reduce(0, +))
        }
        var readingsByName = Dictionary(grouping: readings, by: \.name)
        readingsByName["mailroom_metrics_rejected_total"] = [
            MetricReading("mailroom_metrics_rejected_total", Double(rejected))
        ]
        var page = ExpositionPage()
        for family in families {
            let samples = readingsByName[family.description.name] ?? []
            guard !family.series.isEmpty || !samples.isEmpty else { continue }
            page.begin(family.description)
            for (values, series) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                switch series {
                case .counter(let counter): page.add(family.description, values, counter.value)
                case .gauge(let gauge): page.add(family.description, values, gauge.value)
                case .histogram(let histogram): page.add(family.description, values, histogram.snapshot)
                }
            }
            for sample in samples where family.series[sample.labels] == nil {
                page.add(family.description, sample.labels, sample.value)
            }
        }
        return page.bytes
    }
}

extension MetricReading {
    init(_ name: String, _ value: Double) { self.init(name, [], value) }
}
