import Orders
import TestSupport
import Testing

@testable import mailroom

/// Tables that fit, and times as people read them.
struct TableTests {
    private let table = TextTable(
        headings: ["number", "recipient", "place"],
        rows: [["4829-1504-75", "Maximiliana Featherstonehaugh", "Springfield, IL"]], elastic: [1, 2])

    @Test func withoutALimitNothingIsCut() {
        #expect(table.text.contains("Maximiliana Featherstonehaugh  Springfield, IL\n"))
    }

    @Test(arguments: [20, 40, 50, 60, 80]) func noLineIsLongerThanTheTerminal(width: Int) {
        let lines = table.text(width: width).split(separator: "\n")
        // Below this there is nothing left to give: the number is never cut.
        let least = 12 + 2 + 9 + 2 + 6
        #expect(lines.allSatisfy { $0.count <= max(width, least) })
        #expect(lines[1].hasPrefix("4829-1504-75  "))
    }

    @Test func whatIsCutSaysSo() {
        #expect(table.text(width: 45).contains("Maximiliana F…"))
    }

    @Test func timesAreThoseOfTheZoneAndNameIt() {
        let local = LocalTime(timeZone: "America/New_York")
        let winter = Timestamp(milliseconds: 1_795_618_267_000)
        #expect(local.text(winter) == "2026-11-25 09:51")
        #expect(local.text(winter, withSeconds: true) == "2026-11-25 09:51:07")
        #expect(local.zone(at: winter) == "EST")
        #expect(local.zone(at: winter.adding(seconds: -120 * 86_400)) == "EDT")
        #expect("\(local.startOfDay(at: winter))" == "2026-11-25T05:00:00.000Z")
    }

    @Test func aSpanIsOneWord() {
        #expect(TimeSpan.text(milliseconds: 45_999) == "45 s")
        #expect(TimeSpan.text(milliseconds: 12 * 60_000) == "12 min")
        #expect(TimeSpan.text(milliseconds: 3 * 3_600_000) == "3 h")
        #expect(TimeSpan.text(milliseconds: 49 * 3_600_000) == "2 days")
        #expect(TimeSpan.text(milliseconds: -5) == "0 s")
    }
}
