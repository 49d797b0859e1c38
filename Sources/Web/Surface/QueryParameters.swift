import Hummingbird
import Orders

/// The query of a request, decoded; a name may come more than once.
struct QueryParameters: Sendable {
    private let pairs: [(name: String, value: String)]

    /// - Throws: a malformed request when an escape is none, or is not UTF-8.
    init(_ request: Request) throws { try self.init(text: request.uri.query ?? "") }

    /// - Parameter text: what stands after the `?`.
    init(text: String) throws {
        pairs = try text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = Self.decode(parts.count == 2 ? parts[1] : "") else {
                throw Problem.malformed("", "invalid_query", "the query holds an escape that is not UTF-8")
            }
            return (name, value)
        }
    }

    func all(_ name: String) -> [String] { pairs.lazy.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    /// The only value; an empty one counts as none.
    func single(_ name: String, with reader: inout FieldReader) -> String? {
        let values = all(name)
        if values.count > 1 { reader.malformed("/\(name)", "repeated", "may be given only once") }
        return values.first
    }

    /// True, false, or nil when it is not given. An empty one is refused: who writes `?dry_run=` does not mean false.
    func flag(_ name: String, with reader: inout FieldReader) -> Bool? {
        switch single(name, with: &reader) {
        case nil where !pairs.contains { $0.name == name }: return nil
        case "true": return true
        case "false": return false
        default:
            reader.malformed("/\(name)", "unknown_value", "must be true or false")
            return nil
        }
    }

    /// The same query with another cursor, encoded, for a link.
    func replacing(cursor: String) -> String {
        (pairs.filter { $0.name != "cursor" } + [("cursor", cursor)])
            .map { Self.encode($0.name) + "=" + Self.encode($0.value) }.joined(separator: "&")
    }

    static func decode(_ text: Substring, plusIsSpace: Bool = true) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") && plusIsSpace {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }

    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
