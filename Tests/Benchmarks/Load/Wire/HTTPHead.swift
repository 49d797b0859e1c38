/// Reads what a load client must know of the head of an HTTP/1.1 message, straight from its bytes.
///
/// It trusts its peer, a server of this repository on the same machine: this is no parser for the open net.
enum HTTPHead {
    /// How many bytes the head has with its empty line; nil when it is not all there.
    static func length(in bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 3
        while index < bytes.count {
            if bytes[index] == 0x0A, bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A, bytes[index - 3] == 0x0D {
                return index + 1
            }
            // A byte that is part of no line's end is not among the last four.
            index += bytes[index] > 0x0D ? 4 : 1
        }
        return nil
    }

    /// The status code of a response's first line; nil when it has none.
    static func status(in head: UnsafeRawBufferPointer) -> Int? {
        guard head.count >= 12 else { return nil }
        return number(in: head[9..<12])
    }

    /// The value of the first header of that name, without the white space around it.
    /// - Parameter name: in lower case.
    static func value(of name: StaticString, in head: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>? {
        let length = name.utf8CodeUnitCount
        var start = 0
        while let end = head[start...].firstIndex(of: 0x0A) {
            let line = head[start..<end]
            if line.count > length, line[start + length] == UInt8(ascii: ":"), equals(line.prefix(length), name) {
                return trimmed(line.dropFirst(length + 1))
            }
            start = end + 1
        }
        return nil
    }

    /// A whole number in decimal digits; nil for anything else.
    static func number(in digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard (1...18).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    private static func equals(_ text: Slice<UnsafeRawBufferPointer>, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in zip(text, name).allSatisfy { $0 == $1 || $0 | 0x20 == $1 } }
    }

    private static func trimmed(_ text: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.last, last <= 0x20 { text = text.dropLast() }
        return text
    }
}

extension Slice<UnsafeRawBufferPointer> {
    var text: String { String(decoding: self, as: UTF8.self) }
}
