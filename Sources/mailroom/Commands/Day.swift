import Foundation
import Orders

/// A calendar day, without a time zone until one is asked for.
struct Day: Sendable, Hashable {
    private let number: Int64

    /// Reads `2026-11-22`; nil for anything else, impossible dates included.
    init?(_ text: String) {
        guard text.utf8.count == 10, let midnight = Timestamp(rfc3339: text + "T00:00:00Z") else { return nil }
        number = midnight.milliseconds / 86_400_000
        guard midnight.description.hasPrefix(text) else { return nil }
    }

    private init(number: Int64) { self.number = number }

    var next: Day { Day(number: number + 1) }

    /// Its first moment there; not always midnight, where clocks change at midnight. Nil for an unknown zone.
    func start(in timeZone: String) -> Timestamp? {
        guard let zone = TimeZone(identifier: timeZone) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let (year, month, day) = Timestamp.civil(daysSinceEpoch: number)
        let noon = DateComponents(year: Int(year), month: Int(month), day: Int(day), hour: 12)
        guard let date = calendar.date(from: noon) else { return nil }
        let start = calendar.startOfDay(for: date)
        return Timestamp(milliseconds: Int64((start.timeIntervalSince1970 * 1000).rounded()))
    }
}
