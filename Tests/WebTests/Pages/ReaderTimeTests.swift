import Orders
import Testing

@testable import Web

struct ReaderTimeTests {
    @Test(arguments: [
        ("2026-06-04T05:05:00Z", "at 1:05 a.m. ET", "a la 1:05 a. m. ET"),
        ("2026-06-04T17:59:00Z", "at 1:59 p.m. ET", "a la 1:59 p. m. ET"),
        ("2026-06-04T13:32:00Z", "at 9:32 a.m. ET", "a las 9:32 a. m. ET"),
        ("2026-06-04T16:00:00Z", "at 12:00 p.m. ET", "a las 12:00 p. m. ET"),
        ("2026-06-04T15:00:00Z", "at 11:00 a.m. ET", "a las 11:00 a. m. ET"),
    ])
    func oneOClockIsSingularInSpanish(moment: String, english: String, spanish: String) throws {
        let time = ReaderTime(timeZone: "America/New_York")
        let at = try #require(Timestamp(rfc3339: moment))
        #expect(plain(time.atTime(at, .english)) == english)
        #expect(plain(time.atTime(at, .spanish)) == spanish)
    }

    /// Letters where people know them, a name where they do not.
    @Test(arguments: [
        ("America/New_York", "9:32 a.m. ET", "9:32 a. m. ET"), ("America/Phoenix", "6:32 a.m. MST", "6:32 a. m. MST"),
        ("Pacific/Honolulu", "3:32 a.m. HST", "3:32 a. m. HST"),
        ("Europe/Berlin", "3:32 p.m. Germany Time", "3:32 p. m. hora de Alemania"),
    ])
    func aTimeSaysWhoseItIs(zone: String, english: String, spanish: String) throws {
        let time = ReaderTime(timeZone: zone)
        let at = try #require(Timestamp(rfc3339: "2026-06-04T13:32:00Z"))
        #expect(plain(time.time(at, .english)) == english)
        #expect(plain(time.time(at, .spanish)) == spanish)
    }

    @Test func aTimeStaysInOneLine() throws {
        let time = ReaderTime(timeZone: "America/New_York")
        let at = try #require(Timestamp(rfc3339: "2026-06-04T13:32:00Z"))
        #expect(time.time(at, .english) == "9:32\u{A0}a.m.\u{A0}ET")
        #expect(time.time(at, .spanish) == "9:32\u{A0}a.\u{A0}m.\u{A0}ET")
    }

    private func plain(_ text: String) -> String { String(text.map { $0 == "\u{A0}" ? " " : $0 }) }
}
