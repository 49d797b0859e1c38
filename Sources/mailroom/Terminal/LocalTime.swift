import Foundation
import Orders

/// Times as people at their desks read them: `2026-11-25 09:51`, in the zone of the setting time.zone.
struct LocalTime: Sendable {
    private let calendar: Calendar

    /// An unknown zone counts as UTC; the settings have refused it before.
    init(timeZone identifier: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: identifier) ?? .gmt
        self.calendar = calendar
    }

    func text(_ time: Timestamp, withSeconds: Bool = false) -> String {
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: time.date)
        func two(_ value: Int?) -> String { (value ?? 0) < 10 ? "0\(value ?? 0)" : "\(value ?? 0)" }
        let seconds = withSeconds ? ":" + two(parts.second) : ""
        return
            "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day)) \(two(parts.hour)):\(two(parts.minute))\(seconds)"
    }

    /// `EST`, or how far from UTC it is.
    func zone(at time: Timestamp) -> String {
        let zone = calendar.timeZone
        let style: TimeZone.NameStyle =
            zone.isDaylightSavingTime(for: time.date) ? .shortDaylightSaving : .shortStandard
        return zone.localizedName(for: style, locale: Locale(identifier: "en_US"))
            ?? zone.abbreviation(for: time.date) ?? zone.identifier
    }

    /// The last midnight.
    func startOfDay(at time: Timestamp) -> Timestamp {
        Timestamp(milliseconds: Int64((calendar.startOfDay(for: time.date).timeIntervalSince1970 * 1000).rounded()))
    }
}

extension Timestamp {
    fileprivate var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
}

/// A span of time in one word: `45 s`, `12 min`, `3 h`, `2 days`.
enum TimeSpan {
    static func text(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
