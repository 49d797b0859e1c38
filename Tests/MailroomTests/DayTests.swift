import Orders
import Testing

@testable import mailroom

@Suite struct DayTests {
    @Test(arguments: [
        ("2026-11-22", "2026-11-22T05:00:00.000Z"), ("2026-07-04", "2026-07-04T04:00:00.000Z"),
        ("2026-11-01", "2026-11-01T04:00:00.000Z"), ("2026-11-02", "2026-11-02T05:00:00.000Z"),
    ])
    func aDayStartsAtMidnightThere(_ text: String, _ start: String) {
        #expect(Day(text)?.start(in: "America/New_York")?.description == start)
    }

    @Test func theDayAfterStartsWhenTheDayEnds() {
        #expect(Day("2026-12-31")?.next.start(in: "UTC")?.description == "2027-01-01T00:00:00.000Z")
    }

    @Test func whereMidnightIsSkippedTheDayStartsLater() {
        // Havana's clocks jump from 0:00 to 1:00 that night.
        #expect(Day("2024-03-10")?.start(in: "America/Havana")?.description == "2024-03-10T05:00:00.000Z")
    }

    @Test(arguments: ["", "2026-2-1", "2026-02-30", "2026-13-01", "22.11.2026", "2026-11-22T00:00:00Z", "yesterday"])
    func whatIsNoDayIsNil(_ text: String) { #expect(Day(text) == nil) }
}
