/// Writes JSON straight into bytes, members in the order they are written: equal input gives equal bytes, which is
/// what a signed and stored event body needs.
///
///     var json = JSONWriter()
///     json.object {
///         $0.field("number", "4829-1504-75")
///         $0.array("items", lines) { line, json in line.write(to: &json) }
///     }
package struct JSONWriter: ~Copyable {
    private var output: ByteWriter
    private var needsComma = false

    package init(reserving capacity: Int = 512) { output = ByteWriter(reserving: capacity) }

    // MARK: What was written

    package var bytes: [UInt8] { output.array }

    package var text: String { output.text }

    /// - Parameter body: the bytes stay where they are only while it runs.
    package func withBytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
        try output.withBytes(body)
    }

    // MARK: Values

    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        members(&self)
        close(UInt8(ascii: "}"))
    }

    // Inlined by force: left to itself it stays generic, and looks up how to go through an array at run time.
    @inlinable
    @inline(__always)
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
        output.append(text)
        needsComma = true
    }

    package mutating func integer(_ value: Int64) {
        separate()
        DecimalText.append(value, to: &output)
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
            let member = output.room(for: text.count + 3)
            member[0] = UInt8(ascii: "\"")
            if let first = text.baseAddress { (member + 1).initialize(from: first, count: text.count) }
            member[text.count + 1] = UInt8(ascii: "\"")
            member[text.count + 2] = UInt8(ascii: ":")
            output.advance(by: text.count + 3)
        }
        needsComma = false
    }

    /// A member whose name is not known before.
    package mutating func member(_ name: String, _ value: (inout JSONWriter) -> Void) {
        separate()
        quote(name)
        output.append(UInt8(ascii: ":"))
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
        output.append(UInt8(ascii: "\""))
        value.append(to: &output)
        output.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func field(_ name: StaticString, _ value: StatedWeight) {
        self.name(name)
        open(UInt8(ascii: "{"))
        self.name("value")
        value.appendDecimal(to: &output)
        needsComma = true
        field("unit", value.unit.rawValue)
        close(UInt8(ascii: "}"))
    }

    package mutating func object(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
        self.name(name)
        object(members)
    }

    @inlinable
    @inline(__always)
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
        output.append(bracket)
        needsComma = false
    }

    @usableFromInline
    mutating func close(_ bracket: UInt8) {
        output.append(bracket)
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { output.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func quote(_ text: String) {
        // Nearly always, and without taking hold of the text.
        if text.utf8.withContiguousStorageIfAvailable({ quote($0) }) != nil { return }
        var text = text
        text.withUTF8 { quote($0) }
    }

    /// Copies what needs no escape in runs: nearly always the whole text.
    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        output.append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let rest = UnsafeBufferPointer(rebasing: text[start...])
            let count = ByteScan.copyPlainJSON(of: rest, to: output.room(for: rest.count))
            output.advance(by: count)
            start += count
            guard start < text.count else { break }
            escape(text[start])
            start += 1
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x0A: output.append(UInt8(ascii: "n"))
        default:
            output.append("u00")
            output.append(Self.hexadecimal(byte >> 4))
            output.append(Self.hexadecimal(byte & 15))
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}

/// Decimal digits straight into bytes: numbers make up a third of what is written.
enum DecimalText {
    static func append(_ value: Int64, to bytes: inout ByteWriter) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        append(value.magnitude, padded: 1, to: &bytes)
    }

    /// - Parameter width: at least so many digits, with zeros before.
    static func append(_ value: UInt64, padded width: Int, to bytes: inout ByteWriter) {
        var count = 1
        var rest = value / 10
        while rest > 0 {
            count += 1
            rest /= 10
        }
        count = max(count, width)
        let digits = bytes.room(for: count)
        rest = value
        for index in (0..<count).reversed() {
            digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        bytes.advance(by: count)
    }
}
