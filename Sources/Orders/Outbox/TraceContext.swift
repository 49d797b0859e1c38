/// One place in a trace, as W3C Trace Context writes it: which trace, and which span of it.
///
/// It goes with an order's announcement through the outbox, so that the webhook can be told to belong to the request
/// that caused it, days later and after a restart. Random digits: it says nothing about anybody.
package struct TraceContext: Sendable, Hashable {
    package let traceHigh: UInt64
    package let traceLow: UInt64
    package let span: UInt64
    /// Whoever began the trace keeps it, and asks the others to.
    package let isSampled: Bool

    /// - Returns: nil for the two identities that mean none.
    package init?(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool) {
        guard traceHigh | traceLow != 0, span != 0 else { return nil }
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.isSampled = isSampled
    }

    /// Reads a `traceparent`. A version that is not known yet counts by its first four fields, as the standard asks.
    package init?(traceparent text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, bytes[2] == Self.hyphen, bytes[35] == Self.hyphen, bytes[52] == Self.hyphen,
            let version = Self.number(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version != 0 && bytes[55] == Self.hyphen),
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
            let span = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55])
        else { return nil }
        self.init(traceHigh: high, traceLow: low, span: span, isSampled: flags & 1 == 1)
    }

    /// As it is kept: 25 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 25 else { return nil }
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(traceHigh: word(0), traceLow: word(8), span: word(16), isSampled: bytes[24] & 1 == 1)
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(25)
        for word in [traceHigh, traceLow, span] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        bytes.append(isSampled ? 1 : 0)
        return bytes
    }

    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// 32 hexadecimal digits.
    package var traceID: String { Self.digits(traceHigh) + Self.digits(traceLow) }

    /// 16 hexadecimal digits.
    package var spanID: String { Self.digits(span) }

    /// Another span of the same trace.
    package func with(span: UInt64) -> TraceContext {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: span, isSampled: isSampled) ?? self
    }

    private static let hyphen = UInt8(ascii: "-")

    /// Lower case only, as the standard has it.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }

    private static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
