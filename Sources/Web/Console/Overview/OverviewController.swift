import Fulfillment
import Hummingbird
import Orders
import Synchronization

/// The last 30 days: orders and what the house was told, as a drawing and as a table.
struct OverviewController: Sendable {
    private let desk: ConsoleDesk
    private let tallies: DayTallies

    init(_ desk: ConsoleDesk) {
        self.desk = desk
        tallies = DayTallies(store: desk.store, clock: desk.clock)
    }

    var routes: [Route] { [desk.get("/staff/overview", for: .ordersRead, show)] }

    @Sendable private func show(_ visit: StaffVisit) async throws -> Response {
        let borders = desk.time.midnights(days: DayTallies.days, before: desk.clock.now)
        let view = OverviewView(borders: borders, tallies: try await tallies.latest(borders), time: desk.time)
        return desk.page("staffoverview", visit, title: "The last 30 days", tab: .overview, view)
    }
}

/// The days' numbers, at most a minute old: they are counted anew, and with many orders that takes a while.
final class DayTallies: Sendable {
    static let days = 30
    private static let keepMilliseconds: Int64 = 60_000

    private struct Kept: Sendable {
        let borders: [Timestamp]
        let tallies: [DayTally]
        let at: Int64
    }

    private let store: any Store
    private let clock: any Clock
    private let kept = Mutex<Kept?>(nil)

    init(store: any Store, clock: any Clock) {
        self.store = store
        self.clock = clock
    }

    func latest(_ borders: [Timestamp]) async throws -> [DayTally] {
        let now = clock.uptimeMilliseconds
        if let kept = kept.withLock({ $0 }), kept.borders == borders, now - kept.at < Self.keepMilliseconds {
            return kept.tallies
        }
        let tallies = try await store.tallies(between: borders)
        kept.withLock { $0 = Kept(borders: borders, tallies: tallies, at: now) }
        return tallies
    }
}

/// Values of the overview, the drawing's geometry included.
struct OverviewView: Sendable {
    struct Bar: Sendable {
        let x, y, width, height: Int
        let kind: String
    }

    struct Line: Sendable {
        let y, labelY: Int
        let label: String
    }

    struct DayLabel: Sendable {
        let x: Int
        let label: String
    }

    struct Row: Sendable {
        let day, orders, delivered, waiting, exhausted: String
    }

    private static let (left, top, dayWidth, plotHeight) = (48, 10, 24, 220)

    let orderBars, deliveryBars: [Bar]
    let orderLines, deliveryLines: [Line]
    let labels: [DayLabel]
    let rows: [Row]
    let sum: Row
    let lineEnd: Int
    let summary: String

    init(borders: [Timestamp], tallies: [DayTally], time: OfficeTime) {
        let most = Self.roundedUp(tallies.map(\.orders).max() ?? 0)
        let mostToTell = Self.roundedUp(tallies.map { $0.delivered + $0.waiting + $0.exhausted }.max() ?? 0)
        orderBars = tallies.enumerated().flatMap { Self.bars(day: $0.offset, [($0.element.orders, "bar-a")], of: most) }
        deliveryBars = tallies.enumerated().flatMap { day, tally in
            Self.bars(
                day: day,
                [(tally.delivered, "bar-a"), (tally.waiting, "bar-b"), (tally.exhausted, "bar-c")], of: mostToTell)
        }
        orderLines = Self.lines(most)
        deliveryLines = Self.lines(mostToTell)
        labels = tallies.indices.filter { ($0 - tallies.count + 1).isMultiple(of: 7) }.map { day in
            DayLabel(x: Self.left + day * Self.dayWidth + Self.dayWidth / 2, label: time.dayName(borders[day]))
        }
        lineEnd = Self.left + tallies.count * Self.dayWidth
        rows = zip(borders, tallies).map { Row($1, day: time.dayName($0)) }.reversed()
        let total = tallies.reduce(into: DayTally()) { sum, day in
            sum.orders += day.orders
            sum.delivered += day.delivered
            sum.waiting += day.waiting
            sum.exhausted += day.exhausted
        }
        sum = Row(total, day: "All 30 days")
        summary =
            "\(Digits.counted(total.orders, "order", "orders")) in 30 days, "
            + "\(Digits.grouped(tallies.last?.orders ?? 0)) of them today. The house was told \(sum.delivered) times; "
            + "\(sum.waiting) wait and \(sum.exhausted) are out of tries."
    }

    /// Stacked, the first at the bottom. What is there is never too low to be seen.
    private static func bars(day: Int, _ parts: [(count: Int, kind: String)], of most: Int) -> [Bar] {
        var bottom = top + plotHeight
        return parts.filter { $0.count > 0 }.map { part in
            let height = max(2, part.count * plotHeight / max(most, 1))
            bottom -= height
            return Bar(x: left + day * dayWidth + 4, y: bottom, width: dayWidth - 8, height: height, kind: part.kind)
        }
    }

    private static func lines(_ most: Int) -> [Line] {
        (0...2).map { step in
            let y = top + plotHeight - step * plotHeight / 2
            return Line(y: y, labelY: y + 4, label: Digits.grouped(most * step / 2))
        }
    }

    /// The next even number of one digit and noughts, so that the lines carry round numbers.
    private static func roundedUp(_ number: Int) -> Int {
        var unit = 2
        while unit * 10 < number { unit *= 10 }
        return max(unit, (number + unit - 1) / unit * unit)
    }
}

extension OverviewView.Row {
    init(_ tally: DayTally, day: String) {
        self.init(
            day: day, orders: Digits.grouped(tally.orders), delivered: Digits.grouped(tally.delivered),
            waiting: Digits.grouped(tally.waiting), exhausted: Digits.grouped(tally.exhausted))
    }
}
