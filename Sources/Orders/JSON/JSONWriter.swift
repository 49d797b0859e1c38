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

    package mutating func array<S: Sequence>(_ values: S, _ write: (S.Element, inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        for value in values { write(value, &self) }
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
        bytes.append(contentsOf: text.utf8)
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
                for member in members {
                    json.name(member.name)
                    json.value(member.value)
                }
            }
        }
    }

    // MARK: Members

    /// Writes a member's name; the next call writes its value.
    package mutating func name(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func field(_ name: String, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { literal("null") }
    }

    package mutating func field(_ name: String, _ value: Int?) {
        self.name(name)
        literal(value.map(String.init) ?? "null")
    }

    package mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        literal(value ? "true" : "false")
    }

    package mutating func field(_ name: String, _ value: Timestamp?) { field(name, value?.description) }

    package mutating func field(_ name: String, _ value: StatedWeight) {
        self.name(name)
        value.write(to: &self)
    }

    package mutating func object(_ name: String, _ members: (inout JSONWriter) -> Void) {
        self.name(name)
        object(members)
    }

    package mutating func array<S: Sequence>(
        _ name: String, _ values: S, _ write: (S.Element, inout JSONWriter) -> Void
    ) {
        self.name(name)
        array(values, write)
    }

    package mutating func array(_ name: String, _ values: some Sequence<String>) {
        array(name, values) { $1.string($0) }
    }

    // MARK: Bytes

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
