/// Finds an order's number in our own JSON without reading it: `"number":"4829-1504-75"`.
enum OrderDigits {
    /// The member stands near the start of an answer and of an announcement alike.
    private static let searched = 256
    private static let mark = Array(#""number":""#.utf8)
    private static let length = 12

    /// The ten digits as a number; nil when there are none near the start.
    static func first(in bytes: UnsafeRawBufferPointer) -> Int64? {
        let end = min(bytes.count, searched) - mark.count - length
        guard end >= 0 else { return nil }
        for start in 0...end where bytes[start] == mark[0] {
            guard bytes[start..<start + mark.count].elementsEqual(mark) else { continue }
            let digits = bytes[(start + mark.count)...].prefix(length)
            return digits.reduce(Int64(0)) { $1 == UInt8(ascii: "-") ? $0 : $0 * 10 + Int64($1) - 48 }
        }
        return nil
    }

    static func first(in bytes: [UInt8]) -> Int64? { bytes.withUnsafeBytes { first(in: $0) } }
}
