import Foundation
import Logging
import Metrics
import Testing

@testable import mailroom

/// What the metrics page says, line by line.
@Suite struct MetricsRegistryTests {
    private static let known: [MetricDescription] = [
        .counter("things_total", ["kind"], "Things; a \\ and\na break."),
        .gauge("level", "How high."),
        .histogram("wait_seconds", ["door"], buckets: [0.1, 1], "How long."),
        .counter("mailroom_metrics_rejected_total", "Rejected."),
    ]

    private static func registry() -> MetricsRegistry {
        MetricsRegistry(known: known, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func page(_ registry: MetricsRegistry, _ readings: [MetricReading] = []) -> [String] {
        String(decoding: registry.exposition(with: readings), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func aCounterHasItsHelpAndTypeOnceAndALineForEachLabel() {
        let registry = Self.registry()
        Counter(label: "things_total", dimensions: [("kind", "b")], factory: registry).increment(by: 2)
        Counter(label: "things_total", dimensions: [("kind", "a \"q\" \\ \n")], factory: registry).increment()
        Counter(label: "things_total", dimensions: [("kind", "b")], factory: registry).increment()
        #expect(
            Self.page(registry).prefix(4) == [
                #"# HELP things_total Things; a \\ and\na break."#, "# TYPE things_total counter",
                #"things_total{kind="a \"q\" \\ \n"} 1"#, #"things_total{kind="b"} 3"#,
            ])
    }

    @Test func aHistogramsBucketsAreCumulativeAndEndWithInfinity() {
        let registry = Self.registry()
        let timer = Metrics.Timer(label: "wait_seconds", dimensions: [("door", "front")], factory: registry)
        for nanoseconds: Int64 in [50_000_000, 100_000_000, 500_000_000, 3_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        #expect(
            Self.page(registry).prefix(7).suffix(5) == [
                #"wait_seconds_bucket{door="front",le="0.1"} 2"#, #"wait_seconds_bucket{door="front",le="1"} 3"#,
                #"wait_seconds_bucket{door="front",le="+Inf"} 4"#, #"wait_seconds_sum{door="front"} 3.65"#,
                #"wait_seconds_count{door="front"} 4"#,
            ])
    }

    @Test func whatIsLookedUpStandsWithWhatIsCounted() {
        let registry = Self.registry()
        #expect(Self.page(registry, [MetricReading("level", 0.25)]).prefix(3).last == "level 0.25")
        #expect(!Self.page(registry).contains { $0.hasPrefix("level") })
    }

    /// The libraries at hand end the process here.
    @Test func anotherKindOrOtherLabelsAreCountedAndChangeNothing() {
        let registry = Self.registry()
        Counter(label: "things_total", dimensions: [("kind", "a")], factory: registry).increment()
        Counter(label: "things_total", dimensions: [("colour", "red")], factory: registry).increment()
        Counter(label: "things_total", dimensions: [], factory: registry).increment()
        Gauge(label: "things_total", dimensions: [("kind", "a")], factory: registry).record(7)
        #expect(
            Self.page(registry).suffix(5) == [
                "# TYPE things_total counter", #"things_total{kind="a"} 1"#,
                "# HELP mailroom_metrics_rejected_total Rejected.", "# TYPE mailroom_metrics_rejected_total counter",
                "mailroom_metrics_rejected_total 3",
            ])
    }

    @Test func aLabelThatComesFromOutsideCannotFillTheMemory() {
        let registry = Self.registry()
        for index in 0..<MetricsRegistry.seriesAtMost + 5 {
            Counter(label: "things_total", dimensions: [("kind", "\(index)")], factory: registry).increment()
        }
        #expect(Self.page(registry).count { $0.hasPrefix("things_total{") } == MetricsRegistry.seriesAtMost)
        #expect(Self.page(registry).last == "mailroom_metrics_rejected_total 5")
    }

    @Test func aLibrarysDottedNameBecomesAPlainOne() {
        let registry = Self.registry()
        Counter(label: "hb.requests", dimensions: [("http.method", "GET")], factory: registry).increment()
        #expect(Self.page(registry).last == #"hb_requests{http_method="GET"} 1"#)
    }

    @Test func aCounterNeverShrinks() {
        let counter = CounterSeries()
        counter.increment(by: 2.0)
        counter.increment(by: -1.0)
        counter.increment(by: Double.nan)
        counter.reset()
        #expect(counter.value == 2)
    }

    @Test func numbersReadAsGoReadsThem() {
        #expect(ExpositionPage.number(3) == "3")
        #expect(ExpositionPage.number(0.1) == "0.1")
        #expect(ExpositionPage.number(1e300) == "1e+300")
        #expect(ExpositionPage.number(-.infinity) == "-Inf")
        #expect(ExpositionPage.number(.nan) == "NaN")
    }

    @Test func everyMetricIsDescribedOnceAndNamedAsItsKindAsks() {
        let names = KnownMetrics.all.map(\.name)
        #expect(Set(names).count == names.count)
        for metric in KnownMetrics.all {
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect(metric.buckets == metric.buckets.sorted() && metric.buckets.isEmpty == (metric.kind != .histogram))
        }
    }

    @Test func theSystemsNumbersAreReadAfterTheLastBracketOfTheProgramsName() throws {
        let rest = (4...24).map { String($0) }.joined(separator: " ")
        let stat = try #require(ProcessReadings.Stat("71 (odd ) name) S " + rest + " 25\n"))
        #expect(stat.processorTicks == 14 + 15)
        #expect(stat.threads == 20)
        #expect(stat.startTicks == 22)
        #expect(stat.virtualBytes == 23)
        #expect(stat.residentPages == 24)
        #expect(ProcessReadings.Stat("71 (cut) S 1 2") == nil)
    }

    @Test func theVersionIsTheLatestHeadingOfTheChangelog() throws {
        let changelog = Samples.repository.appending(path: "CHANGELOG.md")
        let heading = try String(contentsOf: changelog, encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("## ") }?.dropFirst(3).split(separator: " ").first
        #expect(heading?.lowercased().trimmingCharacters(in: ["[", "]"]) == BuildInfo.version)
    }

    @Test func theProcessTellsOfItself() {
        let names = Set(ProcessReadings.all().map(\.name))
        #expect(names.isSuperset(of: KnownMetrics.process.map(\.name).filter { $0.hasPrefix("process_") }))
    }
}
