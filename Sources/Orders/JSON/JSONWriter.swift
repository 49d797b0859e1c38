/// Writes JSON straight into bytes, members in the order they are written: equal input gives equal bytes, which is
/// what a signed and stored event body needs.
///
///     var json = JSONWriter()
///     json.object {
///         $0.field("number", "4829-1504-75")
///         $0.array("items", lines) { line, json in line.write(to: &json) }
///     }
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(reserving capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    // MARK: Values

    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        members(&self)
        close(UInt8(ascii: "}"))
    }

    @inlinable
    package mutating func array<S: Sequence>(_ values: S, _ write: (S.Element, inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        for value in values { write(value, &self) }
        close(UInt8(ascii: "]"))
    }

    /// An array of unlike elements.
    package mutating func array(_ elements: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        elements(&self)
        close(UInt8(ascii: "]"))
    }

    package mutating func string(_ value: String) {
        separate()
        quote(value)
        needsComma = true
    }

    /// Writes text that is valid JSON already: a number's literal, or an encoded value.
    package mutating func literal(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    package mutating func integer(_ value: Int64) {
        separate()
        DecimalText.append(value, to: &bytes)
        needsComma = true
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: literal("null")
        case .bool(let value): literal(value ? "true" : "false")
        case .number(let text): literal(text)
        case .string(let text): string(text)
        case .array(let values): array(values) { $1.value($0) }
        case .object(let members):
            object { json in
                for member in members { json.member(member.name) { $0.value(member.value) } }
            }
        }
    }

    // MARK: Members

    /// Writes a member's name; the next call writes its value.
    /// - Parameter name: needs no escape.
    package mutating func name(_ name: StaticString) {
        separate()
        name.withUTF8Buffer { text in
            assert(ByteScan.endOfPlainJSON(in: text, from: 0) == text.count)
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: text)
        }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A member whose name is not known before.
    package mutating func member(_ name: String, _ value: (inout JSONWriter) -> Void) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        value(&self)
    }

    package mutating func field(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { literal("null") }
    }

    package mutating func field(_ name: StaticString, _ value: Int?) {
        self.name(name)
        if let value { integer(Int64(value)) } else { literal("null") }
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        self.name(name)
        literal(value ? "true" : "false")
    }

    package mutating func field(_ name: StaticString, _ value: Timestamp?) {
        self.name(name)
        guard let value else { return literal("null") }
        separate()
        bytes.append(UInt8(ascii: "\""))
        value.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func field(_ name: StaticString, _ value: StatedWeight) {
        self.name(name)
        open(UInt8(ascii: "{"))
        self.name("value")
        value.appendDecimal(to: &bytes)
        needsComma = true
        field("unit", value.unit.rawValue)
        close(UInt8(ascii: "}"))
    }

    package mutating func object(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
        self.name(name)
        object(members)
    }

    @inlinable
    package mutating func array<S: Sequence>(
        _ name: StaticString, _ values: S, _ write: (S.Element, inout JSONWriter) -> Void
    ) {
        self.name(name)
        array(values, write)
    }

    package mutating func array(_ name: StaticString, _ values: some Sequence<String>) {
        array(name, values) { $1.string($0) }
    }

    // MARK: Bytes

    @usableFromInline
    mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    @usableFromInline
    mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func quote(_ text: String) {
        var text = text
        text.withUTF8 { quote($0) }
    }

    /// Copies what needs no escape in runs: nearly always the whole text.
    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let end = ByteScan.endOfPlainJSON(in: text, from: start)
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end]))
            guard end < text.count else { break }
            escape(text[end])
            start = end + 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}

/// Decimal digits straight into bytes: numbers make up a third of what is written.
package enum DecimalText {
    package static func append(_ value: Int64, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        append(value.magnitude, padded: 1, to: &bytes)
    }

    /// - Parameter width: at least so many digits, with zeros before; at most 20.
    static func append(_ value: UInt64, padded width: Int, to bytes: inout [UInt8]) {
        if value < 10 && width <= 1 { return bytes.append(UInt8(ascii: "0") + UInt8(value)) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var start = 20
            while rest > 0 || 20 - start < width {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }
}
