/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Its own type rather than `Date`: ordering and equality of stored facts must be exact, and a double is not.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    package func adding(seconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + seconds * 1000) }
    package func adding(milliseconds more: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + more) }

    /// Whole Unix seconds, rounded down.
    package var seconds: Int64 { Int64((Double(milliseconds) / 1000).rounded(.down)) }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-22T23:58:13.042Z`.
    package var description: String {
        var bytes = ByteWriter(reserving: 24)
        append(to: &bytes)
        return bytes.text
    }

    /// Appends the description's ASCII.
    func append(to bytes: inout ByteWriter) {
        let (days, inDay) = Self.floorDivide(milliseconds, 86_400_000)
        let (year, month, day) = Self.civil(daysSinceEpoch: days)
        let seconds = inDay / 1000
        func part(_ value: Int64, _ width: Int, _ end: UInt8) {
            DecimalText.append(value.magnitude, padded: width, to: &bytes)
            bytes.append(end)
        }
        if year < 0 { bytes.append(UInt8(ascii: "-")) }
        part(year, 4, UInt8(ascii: "-"))
        part(month, 2, UInt8(ascii: "-"))
        part(day, 2, UInt8(ascii: "T"))
        part(seconds / 3600, 2, UInt8(ascii: ":"))
        part(seconds / 60 % 60, 2, UInt8(ascii: ":"))
        part(seconds % 60, 2, UInt8(ascii: "."))
        part(inDay % 1000, 3, UInt8(ascii: "Z"))
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> (Int64, Int64) {
        let rest = ((a % b) + b) % b
        return ((a - rest) / b, rest)
    }

    /// Proleptic Gregorian date of a day number (day 0 is 1970-01-01), by 400-year eras.
    package static func civil(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// The day number of a date; the inverse of `civil`.
    package static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(shiftedYear, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Timestamp {
    /// Reads RFC 3339: `2026-11-22T23:58:13Z`, any number of fraction digits (cut to milliseconds), `Z` or an offset.
    /// Nil for anything else, impossible dates included; a leap second counts as the second before it.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[from..<from + count] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func at(_ index: Int, _ allowed: String) -> Bool {
            index < bytes.count && allowed.utf8.contains(bytes[index])
        }
        guard bytes.count >= 20, at(4, "-"), at(7, "-"), at(10, "Tt "), at(13, ":"), at(16, ":"),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            (1...12).contains(month), day >= 1, hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = Self.daysSinceEpoch(year: year, month: month, day: day)
        guard Self.civil(daysSinceEpoch: days).month == month else { return nil }
        var next = 19
        var fraction: Int64 = 0
        if at(next, ".") {
            next += 1
            var scale: Int64 = 100
            let start = next
            while next < bytes.count, (48...57).contains(bytes[next]) {
                fraction += Int64(bytes[next] - 48) * scale
                scale /= 10
                next += 1
            }
            guard next > start else { return nil }
        }
        var offset: Int64 = 0
        if at(next, "Zz") {
            next += 1
        } else if at(next, "+-"), at(next + 3, ":"), let hours = number(next + 1, 2), let minutes = number(next + 4, 2),
            hours < 24, minutes < 60
        {
            offset = (hours * 60 + minutes) * 60_000 * (bytes[next] == UInt8(ascii: "-") ? -1 : 1)
            next += 6
        } else {
            return nil
        }
        guard next == bytes.count else { return nil }
        let seconds = hour * 3600 + minute * 60 + min(second, 59)
        self.init(milliseconds: days * 86_400_000 + seconds * 1000 + fraction - offset)
    }
}
