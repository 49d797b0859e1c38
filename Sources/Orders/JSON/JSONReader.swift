/// Reads one JSON text strictly by RFC 8259: UTF-8 without a byte-order mark, no duplicate names, bounded depth.
package struct JSONReader {
    package static let maximumDepth = 32

    private let bytes: [UInt8]
    private let isASCII: Bool
    private var index = 0

    /// - Parameter bytes: valid UTF-8.
    private init(_ bytes: [UInt8], isASCII: Bool) {
        self.bytes = bytes
        self.isASCII = isASCII
    }

    /// - Throws: `JSONSyntaxError` with the offset of the first byte that does not fit.
    package static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        let isASCII = bytes.withUnsafeBufferPointer(ByteScan.isASCII)
        guard isASCII || String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONSyntaxError(offset: 0, reason: "the text is not valid UTF-8")
        }
        var reader = JSONReader(bytes, isASCII: isASCII)
        let value = try reader.value(depth: 0)
        reader.skipWhitespace()
        guard reader.index == bytes.count else { throw reader.error("something follows the JSON value") }
        return value
    }

    private func error(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(offset: index, reason: reason) }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth <= Self.maximumDepth else {
            throw error("nested deeper than \(Self.maximumDepth) levels")
        }
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(let byte) where byte == UInt8(ascii: "-") || (48...57).contains(byte): return try number()
        case .some: throw error("a JSON value was expected")
        case nil: throw error("the text ends where a JSON value was expected")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let matches = word.withUTF8Buffer { expected in
            index + expected.count <= bytes.count
                && bytes[index..<index + expected.count].elementsEqual(expected)
        }
        guard matches else { throw error("a JSON value was expected") }
        index += word.utf8CodeUnitCount
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        index += 1
        var members: [JSONValue.Member] = []
        members.reserveCapacity(8)
        var names = MemberNames()
        skipWhitespace()
        if current == UInt8(ascii: "}") {
            index += 1
            return .object(members)
        }
        while true {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw error("a member name in quotes was expected") }
            let start = index
            let name = try string()
            guard names.insert(name, beside: members) else {
                throw JSONSyntaxError(offset: start, reason: "a member name occurs twice in one object")
            }
            skipWhitespace()
            guard current == UInt8(ascii: ":") else { throw error("a colon was expected") }
            index += 1
            members.append(.init(name: name, value: try value(depth: depth + 1)))
            skipWhitespace()
            if try closes(with: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        index += 1
        var values: [JSONValue] = []
        skipWhitespace()
        if current == UInt8(ascii: "]") {
            index += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipWhitespace()
            if try closes(with: UInt8(ascii: "]")) { return .array(values) }
        }
    }

    private mutating func closes(with end: UInt8) throws(JSONSyntaxError) -> Bool {
        guard let byte = current, byte == end || byte == UInt8(ascii: ",") else {
            throw error("a comma or the closing bracket was expected")
        }
        index += 1
        return byte == end
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        let leadingZero = current == UInt8(ascii: "0")
        let digits = try digitRun()
        if leadingZero && digits > 1 { throw error("a number may not start with 0") }
        if current == UInt8(ascii: ".") {
            index += 1
            _ = try digitRun()
        }
        if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            _ = try digitRun()
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digitRun() throws(JSONSyntaxError) -> Int {
        let start = index
        while let byte = current, (48...57).contains(byte) { index += 1 }
        guard index > start else { throw error("a digit was expected") }
        return index - start
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        index += 1
        let start = index
        index = bytes.withUnsafeBufferPointer { ByteScan.endOfPlainJSON(in: $0, from: start) }
        if current == UInt8(ascii: "\"") {
            defer { index += 1 }
            // All of it was found to be UTF-8, and a quotation mark is no part of a longer character.
            let text = bytes.span.extracting(start..<index)
            return String(copying: UTF8Span(unchecked: text, isKnownASCII: isASCII))
        }
        var text = Array(bytes[start..<index])
        while true {
            switch current {
            case nil: throw error("a string is not closed")
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index += 1
                text.append(contentsOf: try escape())
            case .some(let byte):
                guard byte >= 0x20 else { throw error("a control character in a string must be escaped") }
                text.append(byte)
                index += 1
            }
        }
    }

    private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
        guard let byte = current else { throw error("a string is not closed") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try hexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800...0xDBFF).contains(first), current == UInt8(ascii: "\\"), index + 1 < bytes.count,
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw error("half of a surrogate pair") }
        index += 2
        let second = try hexQuad()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw error("half of a surrogate pair") }
        return scalar
    }

    private mutating func hexQuad() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits were expected")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}

/// Finds a name that occurs twice: among few by looking at each, which is faster than hashing; among many by hashing,
/// since somebody may send ten thousand.
private struct MemberNames {
    private static let few = 12
    private var names: Set<String> = []

    /// - Parameter members: those before, whose names were all inserted.
    /// - Returns: false when the name was there.
    mutating func insert(_ name: String, beside members: [JSONValue.Member]) -> Bool {
        if members.count < Self.few { return !members.contains { $0.name == name } }
        if names.isEmpty { names = Set(members.map(\.name)) }
        return names.insert(name).inserted
    }
}
