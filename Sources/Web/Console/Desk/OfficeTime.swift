import Foundation
import Orders

/// Shows points in time as they read on the clock of the office.
struct OfficeTime: Sendable {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private let calendar: Calendar
    /// What the foot of every page says: the zone's city.
    let zoneName: String

    init(timeZone identifier: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: identifier) ?? .gmt
        self.calendar = calendar
        zoneName = identifier.split(separator: "/").last.map { String($0).replacing("_", with: " ") } ?? identifier
    }

    private func parts(_ time: Timestamp) -> DateComponents {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        return calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
    }

    /// `Jun 4, 9:32 a.m.`; with the year when it is not this one.
    func short(_ time: Timestamp, now: Timestamp) -> String {
        let (then, today) = (parts(time), parts(now))
        return day(then) + (then.year == today.year ? "" : ", \(then.year ?? 0)") + ", " + clock(then)
    }

    /// `Jun 4, 2026, 9:32 a.m.`
    func long(_ time: Timestamp) -> String {
        let then = parts(time)
        return "\(day(then)), \(then.year ?? 0), \(clock(then))"
    }

    /// `June 4, 2026`, for paper.
    func date(_ time: Timestamp, in language: Language) -> String {
        let then = parts(time)
        let (month, day, year) = ((then.month ?? 1) - 1, then.day ?? 1, then.year ?? 0)
        return language == .spanish
            ? "\(day) de \(Self.spanish[month]) de \(year)" : "\(Self.english[month]) \(day), \(year)"
    }

    /// `9:32 a.m.`
    func clock(_ time: Timestamp) -> String { clock(parts(time)) }

    /// `2026-06-04`
    func isoDate(_ time: Timestamp) -> String {
        let then = parts(time)
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
        return "\(then.year ?? 0)-\(padded(then.month ?? 1))-\(padded(then.day ?? 1))"
    }

    /// `Jun 4`
    func dayName(_ time: Timestamp) -> String { day(parts(time)) }

    /// The first moments of today and of the days before it, and of tomorrow, in order.
    func midnights(days: Int, before now: Timestamp) -> [Timestamp] {
        let today = calendar.startOfDay(for: Date(timeIntervalSince1970: Double(now.milliseconds) / 1000))
        return (1 - days...1).compactMap { offset in
            calendar.date(byAdding: .day, value: offset, to: today).map { date in
                let start = calendar.startOfDay(for: date)
                return Timestamp(milliseconds: Int64((start.timeIntervalSince1970 * 1000).rounded()))
            }
        }
    }

    /// `Jun 4, 2026`: the day of a date or time that somebody else wrote, as they mean it, whatever the zone; nil when
    /// it is none.
    static func day(written text: String) -> String? {
        let date = String(text.prefix(10))
        guard text.utf8.count == 10 || Timestamp(rfc3339: text) != nil,
            let noon = Timestamp(rfc3339: date + "T12:00:00Z"), noon.milliseconds >= 0
        else { return nil }
        let day = Timestamp.civil(daysSinceEpoch: noon.seconds / 86_400)
        return "\(months[Int(day.month) - 1]) \(day.day), \(day.year)"
    }

    /// How long ago, in the one unit that matters: `12 min`, `5 h`, `2 days`.
    static func age(of time: Timestamp, at now: Timestamp) -> String {
        let minutes = max(0, (now.milliseconds - time.milliseconds) / 60_000)
        if minutes < 60 { return "\(minutes) min" }
        if minutes < 48 * 60 { return "\(minutes / 60) h" }
        return "\(minutes / (24 * 60)) days"
    }

    private func day(_ parts: DateComponents) -> String { "\(Self.months[(parts.month ?? 1) - 1]) \(parts.day ?? 1)" }

    private func clock(_ parts: DateComponents) -> String {
        let hour = parts.hour ?? 0
        let minute = parts.minute ?? 0
        return "\(hour % 12 == 0 ? 12 : hour % 12):\(minute < 10 ? "0" : "")\(minute) \(hour < 12 ? "a.m." : "p.m.")"
    }

    private static let english = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let spanish = [
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ]
}
