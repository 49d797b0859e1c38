package import Orders

/// The header `Retry-After` (RFC 9110 §10.2.3).
package enum RetryAfter {
    private static let limitMilliseconds: Int64 = 24 * 3600 * 1000

    private static let months = [
        "jan": Int64(1), "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
        "nov": 11, "dec": 12,
    ]

    /// Seconds or an HTTP date, the two obsolete forms included.
    /// - Returns: how long to wait, at most 24 hours; nil for what is neither or lies in the past.
    package static func milliseconds(_ value: String, now: Timestamp) -> Int64? {
        let text = String(value.drop { $0 == " " }.prefix(64))
        if let first = text.utf8.first, (0x30...0x39).contains(first) {
            let digits = text.prefix { $0 != " " }
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            // What does not fit an integer is a wish for "long".
            guard let seconds = Int64(digits), seconds < limitMilliseconds / 1000 else { return limitMilliseconds }
            return seconds == 0 ? nil : seconds * 1000
        }
        guard let date = date(text, now: now), date > now else { return nil }
        return min(date.milliseconds - now.milliseconds, limitMilliseconds)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    private static func date(_ text: String, now: Timestamp) -> Timestamp? {
        let parts = text.split { $0 == " " || $0 == "," || $0 == "-" }.map { $0.lowercased() }
        guard parts.count >= 5 else { return nil }
        let isAsctime = months[parts[1]] != nil
        let (dayText, monthText) = isAsctime ? (parts[2], parts[1]) : (parts[1], parts[2])
        let (yearText, timeText) = isAsctime ? (parts[4], parts[3]) : (parts[3], parts[4])
        let time = timeText.split(separator: ":", omittingEmptySubsequences: false)
        guard isAsctime || (parts.count == 6 && parts[5] == "gmt"), let month = months[monthText],
            let day = number(dayText, 31), let year = year(yearText, now: now), time.count == 3,
            let hour = number(time[0], 23), let minute = number(time[1], 59), let second = number(time[2], 60)
        else { return nil }
        let days = Timestamp.daysSinceEpoch(year: year, month: month, day: day)
        guard Timestamp.civil(daysSinceEpoch: days).day == day else { return nil }
        return Timestamp(milliseconds: (days * 86_400 + hour * 3600 + minute * 60 + second) * 1000)
    }

    /// A year of two digits that seems more than 50 years ahead is one of the past.
    private static func year(_ text: String, now: Timestamp) -> Int64? {
        guard let year = number(text, 9999) else { return nil }
        guard text.utf8.count == 2 else { return text.utf8.count == 4 ? year : nil }
        let thisYear = Timestamp.civil(daysSinceEpoch: now.seconds / 86_400).year
        let full = thisYear / 100 * 100 + year
        return full > thisYear + 50 ? full - 100 : full
    }

    private static func number(_ text: some StringProtocol, _ limit: Int64) -> Int64? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int64(text), value <= limit
        else { return nil }
        return value
    }
}
