import Fulfillment
import Logging
import Orders
import SQLiteStore
import ServiceLifecycle
import TestSupport
import Testing

@testable import mailroom

@Suite(.timeLimit(.hanging)) struct EraserTests {
    private let folder: TemporaryFolder
    private let store: OrderDatabase
    private let lines = Log<String>()
    private static let rule = RetentionRule(days: 90)

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.path + "/mailroom.db"
        _ = try OrderDatabase.migrate(path: path)
        store = try OrderDatabase.open(path: path, queueLimit: 10)
    }

    private struct Journal: LogHandler {
        let lines: Log<String>
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }

    /// Runs an eraser as the program does, until `test` ends.
    private func running(_ clock: FakeClock, _ test: () async throws -> Void) async throws {
        let lines = lines
        let eraser = Eraser(
            store: store, rule: Self.rule, timeZone: "America/New_York", clock: clock,
            logger: Logger(label: "retention") { _ in Journal(lines: lines) })
        let task = Task { try await eraser.run() }
        do {
            try await test()
        } catch {
            task.cancel()
            throw error
        }
        task.cancel()
        try await task.value
        await store.close()
    }

    private func cancelledOrder(at time: Timestamp) async throws -> Order {
        let order = SampleOrders.order(at: time)
        _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
        let cancel = StaffAction.cancel(reason: nil, event: .draw(at: time))
        _ = try await store.perform(cancel, on: order.number, by: .reader, at: time, ifMatch: nil)
        return order
    }

    private func erasedAt(_ order: Order) async throws -> Timestamp? {
        let order = try await store.order(order.number)
        return order?.facts.erasedAt
    }

    private func line(_ count: Int) async -> String { await lines.first(count)[count - 1] }

    @Test func anOldFileIsWarnedOfAndErasedAtTheStart() async throws {
        let start = SampleOrders.start
        let order = try await cancelledOrder(at: start)
        try await running(FakeClock(start.adding(days: 200))) {
            #expect(await line(1).hasPrefix("warning the database holds people past their time"))
            #expect(await line(2).contains("\"orders\": 1"))
            #expect(await line(3) == "info what was erased is overwritten [:]")
            let erased = try await erasedAt(order)
            #expect(erased == start.adding(days: 200))
        }
    }

    @Test func everyNightAtThreeWhatIsDueIsErased() async throws {
        // 2026-09-21, 10:13 in New York.
        let start = SampleOrders.start
        let order = try await cancelledOrder(at: start.adding(days: -90).adding(seconds: 60))
        let clock = FakeClock(start)
        try await running(clock) {
            #expect(await line(1).contains("\"orders\": 0"))
            for _ in 0..<16 {
                await clock.sleepers(1)
                clock.advance(seconds: 3600)
            }
            await clock.sleepers(1)
            #expect(lines.entries.count == 1)
            clock.advance(seconds: 3600)
            #expect(await line(2).contains("\"orders\": 1"))
            #expect(await line(3).contains("overwritten"))
            let erased = try await erasedAt(order)
            #expect(erased == start.adding(seconds: 17 * 3600))
        }
    }

    @Test func whatIsErasedOnRequestIsOverwrittenSoon() async throws {
        let start = SampleOrders.start
        let order = try await cancelledOrder(at: start)
        let clock = FakeClock(start)
        try await running(clock) {
            _ = await line(1)
            await clock.sleepers(1)
            _ = try await store.erase(order.number, force: false, by: .staff("kim"), at: start, ifMatch: nil)
            await clock.sleepers(2)
            clock.advance(seconds: 2)
            #expect(await line(2).contains("overwritten"))
            let report = try await store.retention(by: Self.rule, at: start)
            #expect(!report.hasRemains)
        }
    }

    @Test func aClockThatJumpsAheadErasesNothingForADay() async throws {
        let start = SampleOrders.start
        let order = try await cancelledOrder(at: start)
        let clock = FakeClock(start)
        try await running(clock) {
            _ = await line(1)
            await clock.sleepers(1)
            clock.jumpWall(milliseconds: 200 * 86_400_000)
            clock.advance(seconds: 3600)
            #expect(await line(2).hasPrefix("warning the clock jumped ahead"))
            let erased = try await erasedAt(order)
            #expect(erased == nil)
            // Not a fixed number of hours: an eraser that falls behind hears two of them at once.
            await clock.pass(stepMilliseconds: 3_600_000) { lines.entries.count >= 5 }
            #expect(lines.entries.contains { $0.contains("\"orders\": 1") })
        }
    }

    @Test func timeIsBelievedAsLongAsBothClocksAgree() {
        var time = BelievedTime()
        let start = SampleOrders.start
        let hour: Int64 = 3_600_000
        #expect(time.hear(wall: start, uptime: 0) == start)
        let set = start.adding(milliseconds: 2 * hour - 1)
        #expect(time.hear(wall: set, uptime: hour) == set && !time.isDoubtful)
        #expect(time.hear(wall: start, uptime: 2 * hour) == start)
        let ahead = start.adding(days: 10)
        #expect(time.hear(wall: ahead, uptime: 2 * hour) == start && time.isDoubtful)
        #expect(
            time.hear(wall: ahead.adding(milliseconds: 23 * hour), uptime: 25 * hour)
                == start.adding(milliseconds: 23 * hour))
        let later = ahead.adding(milliseconds: 24 * hour)
        #expect(time.hear(wall: later, uptime: 26 * hour) == later && !time.isDoubtful)
        #expect(time.hear(wall: start, uptime: 26 * hour) == start)
    }
}
