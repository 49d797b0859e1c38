import Orders

/// What an open-loop run sends, and how fast.
struct RatePlan: Sendable {
    let server: ServerAddress
    let perSecond: Double
    let seconds: Double
    /// At most so many connections in all.
    let connections: Int
    let threads: Int
    /// Also notes each accepted order's number and when it was sent.
    var notesNumbers = false

    var count: Int { Int((perSecond * seconds).rounded()) }

    /// When an order is meant to be sent, in nanoseconds after the start.
    func intended(_ index: Int) -> Int64 { Int64(Double(index) / perSecond * 1_000_000_000) }
}

/// What came of an open-loop run, or of one thread's part of it.
struct RateTally: Sendable {
    /// A second in which orders were meant to be sent.
    private(set) var timeline: [Latencies]
    private(set) var latencies = Latencies()
    /// How much later than meant a request was written: what the client and its queue added.
    private(set) var sendDelays = Latencies()
    private(set) var sent = 0
    private(set) var accepted = 0
    private(set) var refused = 0
    /// Requests without an answer.
    private(set) var errors = 0
    private(set) var over150Milliseconds = 0
    private(set) var statuses: [Int: Int] = [:]
    private(set) var connections = 0
    /// In nanoseconds after the start.
    private(set) var lastAnswer: Int64 = 0
    /// Accepted orders with the time of their sending, on the clock of `NIODeadline`; see `RatePlan.notesNumbers`.
    private(set) var numbers: [(order: Int64, sentAt: Int64)] = []

    init(seconds: Double) { timeline = Array(repeating: Latencies(), count: max(1, Int(seconds.rounded(.up)))) }

    mutating func noteConnection() { connections += 1 }

    mutating func noteSending(delay: Int64) {
        sent += 1
        sendDelays.record(nanoseconds: delay)
    }

    /// - Parameters:
    ///   - intended: when it was meant to be sent, `end` when its answer had come: nanoseconds after the start.
    mutating func noteAnswer(status: Int, intended: Int64, end: Int64) {
        if status == 201 { accepted += 1 } else { refused += 1 }
        statuses[status, default: 0] += 1
        record(intended: intended, end: end)
        lastAnswer = max(lastAnswer, end)
    }

    /// Its connection failed: how fast says nothing, so it is no latency.
    mutating func noteFailure() { errors += 1 }

    /// No answer came until the end: its waiting counts.
    mutating func noteUnanswered(intended: Int64, end: Int64) {
        errors += 1
        record(intended: intended, end: end)
    }

    private mutating func record(intended: Int64, end: Int64) {
        latencies.record(nanoseconds: end - intended)
        timeline[min(timeline.count - 1, Int(intended / 1_000_000_000))].record(nanoseconds: end - intended)
        if end - intended > 150_000_000 { over150Milliseconds += 1 }
    }

    mutating func note(order: Int64, sentAt: Int64) { numbers.append((order, sentAt)) }

    mutating func add(_ other: RateTally) {
        for index in timeline.indices { timeline[index].add(other.timeline[index]) }
        latencies.add(other.latencies)
        sendDelays.add(other.sendDelays)
        sent += other.sent
        accepted += other.accepted
        refused += other.refused
        errors += other.errors
        over150Milliseconds += other.over150Milliseconds
        statuses.merge(other.statuses, uniquingKeysWith: +)
        connections += other.connections
        lastAnswer = max(lastAnswer, other.lastAnswer)
        numbers += other.numbers
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("sent", sent)
        json.field("accepted", accepted)
        json.field("refused", refused)
        json.field("errors", errors)
        json.field("achieved_per_second", lastAnswer > 0 ? Double(accepted) * 1e9 / Double(lastAnswer) : 0, places: 1)
        json.object("latency") { latencies.writeMembers(to: &$0) }
        json.field("over_150ms", over150Milliseconds)
        json.object("send_delay") { sendDelays.writeMembers(to: &$0) }
        json.object("statuses") {
            for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
                $0.member(String(status)) { $0.integer(Int64(count)) }
            }
        }
        json.field("connections", connections)
        json.array("timeline", timeline.enumerated()) { second, json in
            json.object {
                $0.field("second", second.offset)
                $0.field("p50", second.element.percentile(50))
                $0.field("p99", second.element.percentile(99))
                $0.field("max", second.element.maximum)
            }
        }
    }
}
