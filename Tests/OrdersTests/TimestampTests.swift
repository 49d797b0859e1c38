import Foundation
import Orders
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: 0..<200) func textAgreesWithFoundation(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let milliseconds = Int64.random(in: -62_000_000_000_000...250_000_000_000_000, using: &generator)
        let time = Timestamp(milliseconds: milliseconds)
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        let seconds = Date(timeIntervalSince1970: Double(time.seconds))
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: seconds)
        let expected = String(
            format: "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.year!, parts.month!, parts.day!, parts.hour!,
            parts.minute!, parts.second!, Int(milliseconds - time.seconds * 1000))
        if parts.year! > 1600 && parts.year! < 9999 { #expect(time.description == expected, "seed \(seed)") }
        #expect(Timestamp(rfc3339: time.description) == time, "seed \(seed)")
    }

    @Test(arguments: [
        ("2026-11-22T23:58:13Z", 1_795_391_893_000), ("2026-11-22t23:58:13.5z", 1_795_391_893_500),
        ("2026-11-22T18:58:13.042999-05:00", 1_795_391_893_042), ("2026-11-23T05:28:13.042+05:30", 1_795_391_893_042),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),
    ])
    func rfc3339IsUnderstood(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T23:58:13", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T23:60:00Z", "2026-11-22T23:58:13.Z", "2026-11-22T23:58:13+0500",
        "2026-11-22T23:58:13Z ", "1795391893", "2026-11-22T23:58:13+24:00",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
