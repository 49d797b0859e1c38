import Foundation
import Orders

/// Dates and times as readers of a language write them, in the office's zone.
struct ReaderTime: Sendable {
    private let calendar: Calendar

    init(timeZone identifier: String) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: identifier) ?? .gmt
        self.calendar = calendar
    }

    private func parts(_ time: Timestamp) -> DateComponents {
        calendar.dateComponents(
            [.year, .month, .day, .hour, .minute],
            from: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
    }

    /// `June 4, 2026`, `4 de junio de 2026`
    func date(_ time: Timestamp, _ phrases: Phrases) -> String {
        let parts = parts(time)
        return phrases(
            "dateOf",
            [
                "month": phrases("month\(parts.month ?? 1)"), "day": String(parts.day ?? 1),
                "year": String(parts.year ?? 1970),
            ])
    }

    /// `9:32 a.m. ET`, since whoever reads it may live elsewhere; with no-break spaces.
    func time(_ time: Timestamp, _ phrases: Phrases) -> String {
        let parts = parts(time)
        let (hour, minute) = (parts.hour ?? 0, parts.minute ?? 0)
        let clock = "\(Self.onTheClock(hour)):" + (minute < 10 ? "0" : "") + String(minute)
        return phrases(hour < 12 ? "timeAm" : "timePm", ["time": clock, "zone": zone(in: phrases.language)])
    }

    /// `ET`, `HST`; the country's name where people use no letters: `Germany Time`, `hora de Alemania`.
    private func zone(in language: Language) -> String {
        let locale = Locale(identifier: language == .spanish ? "es_US" : "en_US")
        return calendar.timeZone.localizedName(for: .shortGeneric, locale: locale) ?? calendar.timeZone.identifier
    }

    /// `at 9:32 a.m. ET`; in Spanish one o'clock alone is singular: `a la 1:05 p. m. ET`, `a las 9:32 a. m. ET`
    func atTime(_ time: Timestamp, _ phrases: Phrases) -> String {
        phrases.counted("timeAt", Self.onTheClock(parts(time).hour ?? 0), ["time": self.time(time, phrases)])
    }

    private static func onTheClock(_ hour: Int) -> Int { (hour + 11) % 12 + 1 }
}
