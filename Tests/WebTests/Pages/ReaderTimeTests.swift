import Orders
import Testing

@testable import Web

struct ReaderTimeTests {
    @Test(arguments: [
        ("2026-06-04T05:05:00Z", "at 1:05 a.m.", "a la 1:05 a. m."),
        ("2026-06-04T17:59:00Z", "at 1:59 p.m.", "a la 1:59 p. m."),
        ("2026-06-04T13:32:00Z", "at 9:32 a.m.", "a las 9:32 a. m."),
        ("2026-06-04T16:00:00Z", "at 12:00 p.m.", "a las 12:00 p. m."),
        ("2026-06-04T15:00:00Z", "at 11:00 a.m.", "a las 11:00 a. m."),
    ])
    func oneOClockIsSingularInSpanish(moment: String, english: String, spanish: String) throws {
        let time = ReaderTime(timeZone: "America/New_York")
        let at = try #require(Timestamp(rfc3339: moment))
        #expect(time.atTime(at, .english) == english)
        #expect(time.atTime(at, .spanish) == spanish)
    }
}
