import Foundation
package import Orders

/// Turns the dates staff type into points in time, in the zone where they work.
package struct OfficeCalendar: Sendable {
    private let calendar: Calendar

    /// An unknown zone counts as UTC; the settings have refused it before.
    package init(timeZone identifier: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: identifier) ?? .gmt
        self.calendar = calendar
    }

    /// The first moment of a period: a time as it is, a date alone as its first midnight. Nil for anything else.
    package func start(_ text: String) -> Timestamp? { Timestamp(rfc3339: text) ?? midnight(of: text, daysLater: 0) }

    /// The first moment after a period: right after a time; after a date alone the midnight that ends it.
    package func end(_ text: String) -> Timestamp? {
        Timestamp(rfc3339: text)?.adding(milliseconds: 1) ?? midnight(of: text, daysLater: 1)
    }

    /// Days are not always 24 hours long, and some have no midnight: the calendar knows when each begins.
    private func midnight(of text: String, daysLater: Int) -> Timestamp? {
        // The parts of an RFC 3339 date, checked by the reader of whole timestamps.
        guard text.utf8.count == 10, let utc = Timestamp(rfc3339: text + "T12:00:00Z") else { return nil }
        let date = Timestamp.civil(daysSinceEpoch: utc.seconds / 86_400 - (utc.seconds < 0 ? 1 : 0))
        let noon = DateComponents(
            year: Int(date.year), month: Int(date.month), day: Int(date.day) + daysLater, hour: 12)
        guard let moment = calendar.date(from: noon) else { return nil }
        return Timestamp(
            milliseconds: Int64((calendar.startOfDay(for: moment).timeIntervalSince1970 * 1000).rounded()))
    }
}
