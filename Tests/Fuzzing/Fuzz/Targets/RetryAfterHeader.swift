import Fulfillment
import Orders

extension FuzzTarget {
    /// What a house may say in `Retry-After`.
    static let retryAfter = FuzzTarget(
        "retry-after",
        seeds: [
            "120", "0", "99999999999999999999", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994", "Tue, 22 Sep 2026 12:53:20 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "1.5",
        ],
        words: ["GMT", "Feb", "29", "30", "31", "00:00:00", "23:59:60", "9999", ", ", "-"]
    ) { bytes in
        let now = Timestamp(milliseconds: 1_790_000_000_000)
        let text = String(decoding: bytes, as: UTF8.self)
        if let wait = RetryAfter.milliseconds(text, now: now) {
            try require((1...86_400_000).contains(wait), "\(wait) ms is not within a day")
        }
        // The same bytes as a time ahead: written as a date, it must come back to the second.
        let ahead = bytes.prefix(3).reduce(Int64(1)) { $0 << 8 | Int64($1) } % 200_000 + 1
        let expected = min(ahead * 1000, 86_400_000)
        let date = imfDate(now.adding(seconds: ahead))
        try require(RetryAfter.milliseconds(date, now: now) == expected, "\(date) was misread")
        try require(RetryAfter.milliseconds(String(ahead), now: now) == expected, "\(ahead) s were misread")
    }

    private static func imfDate(_ time: Timestamp) -> String {
        let text = Array(time.description)
        let month = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][(Int(String(text[5...6])) ?? 1) - 1]
        // No reader of the header looks at the name of the day.
        return "Mon, \(String(text[8...9])) \(month) \(String(text[0...3])) \(String(text[11...18])) GMT"
    }
}
