import Foundation
import Orders
import Synchronization
import Testing

@testable import mailroom

@Suite struct HouseDeskTests {
    private static let now = Timestamp(milliseconds: 1_795_392_000_000)

    private static func body(_ type: String, copies: Int = 3) -> [UInt8] {
        Array(
            """
            {"type": "\(type)", "timestamp": "2026-11-22T00:00:00.000Z", "data": {"order": {"number": "4829-1504-75",
            "items": [{"sku": "FSAC-NET-EN", "title": "Neuroendocrine", "quantity": \(copies)}],
            "ship_to": {"name": "Zebedee Quince", "line1": "9 Hidden Lane"}}}}
            """.utf8)
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var text: String { lines.withLock { $0.joined(separator: "\n") } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    /// As many planned replies as are asked for.
    private static func replies(_ desk: HouseDesk, _ count: Int) async -> [HouseReply] {
        var replies: [HouseReply] = []
        for await reply in desk.replies {
            replies.append(reply)
            if replies.count == count { break }
        }
        return replies
    }

    @Test func aDeliveryThatComesAgainIsTakenOnce() {
        let desk = HouseDesk(habits: HouseHabits(seed: 1), say: { _ in })
        #expect(desk.take("msg_1", body: Self.body("order.placed"), at: Self.now) == .taken)
        #expect(desk.take("msg_1", body: Self.body("order.placed"), at: Self.now) == .duplicate)
        #expect(desk.take("msg_2", body: Self.body("order.placed"), at: Self.now) == .taken)
    }

    @Test func whatFailsOnPurposeIsNotTaken() {
        var habits = HouseHabits(seed: 1)
        habits.failRate = 1
        let desk = HouseDesk(habits: habits, say: { _ in })
        #expect(desk.take("msg_1", body: Self.body("order.placed"), at: Self.now) == .failed)
        #expect(desk.take("msg_1", body: Self.body("order.placed"), at: Self.now) == .failed)
    }

    @Test func aboutAsManyFailAsAskedFor() {
        var habits = HouseHabits(seed: 7)
        habits.failRate = 0.3
        let desk = HouseDesk(habits: habits, say: { _ in })
        let failed = (0..<1000).count {
            desk.take("msg_\($0)", body: Self.body("order.placed"), at: Self.now) == .failed
        }
        #expect((240...360).contains(failed))
    }

    @Test func itPrintsNumberAndTitlesAndNothingOfThePerson() {
        let lines = Lines()
        let desk = HouseDesk(habits: HouseHabits(seed: 1), say: lines.add)
        _ = desk.take("msg_1", body: Self.body("order.placed"), at: Self.now)
        _ = desk.take("msg_2", body: Self.body("order.mystery"), at: Self.now)
        _ = desk.take("msg_3", body: Array("{}".utf8), at: Self.now)
        #expect(lines.text.contains("order.placed 4829-1504-75: 3 × Neuroendocrine"))
        #expect(!lines.text.contains("Quince"))
        #expect(!lines.text.contains("Hidden"))
    }

    @Test func whatIsNoEventIsNotUnderstood() {
        let desk = HouseDesk(habits: HouseHabits(seed: 1), say: { _ in })
        for text in ["", "[]", "{\"type\": 1}", "{\"type\": \"order.placed\", \"data\": {}}"] {
            #expect(desk.take("msg_\(text)", body: Array(text.utf8), at: Self.now) == .notUnderstood)
        }
    }

    @Test func aCancellationSilencesParcelsThatHaveNotLeftAndNoOthers() async throws {
        let desk = HouseDesk(habits: HouseHabits(seed: 1), say: { _ in })
        _ = desk.take("msg_1", body: Self.body("order.placed", copies: 30), at: Self.now)
        let planned = await Self.replies(desk, 9)
        let first = planned.filter { $0.packageID == "parcel-1" }
        let second = planned.filter { $0.packageID == "parcel-2" }
        #expect(desk.letsGo(first[0]))
        #expect(desk.letsGo(first[1]))
        #expect(first[1].summary.hasSuffix("in_transit"))
        #expect(desk.letsGo(second[0]))

        _ = desk.take("msg_2", body: Self.body("order.cancellation_requested"), at: Self.now)
        #expect(desk.letsGo(first[2]))
        #expect(desk.letsGo(first[3]))
        for reply in second.dropFirst() { #expect(!desk.letsGo(reply)) }
    }

    @Test func aNewEventForAnOrderReplacesTheOldPlan() async {
        let desk = HouseDesk(habits: HouseHabits(seed: 1), say: { _ in })
        _ = desk.take("msg_1", body: Self.body("order.placed"), at: Self.now)
        let old = await Self.replies(desk, 5)
        _ = desk.take("msg_2", body: Self.body("order.placed"), at: Self.now.adding(seconds: 1))
        for reply in old { #expect(!desk.letsGo(reply)) }
    }
}
