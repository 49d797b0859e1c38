/// A JSON text as it was written: a number keeps its literal, an object its order.
///
/// Foundation's decoder is not used for requests because it accepts `1e3` and `1.0` as an integer, stops at the
/// first wrong type, and reports no JSON pointer; the contract asks for the opposite of all three.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The literal, valid by RFC 8259: `-1`, `1e3`, `0.50`.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Hashable {
        package let name: String
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member of that name; nil when this is no object or has none.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var stringValue: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var arrayValue: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    package var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// An integer literal that fits; nil for `1.0` and `1e3`.
    package var intValue: Int? {
        guard case .number(let literal) = self else { return nil }
        return Int(literal)
    }

    /// True for an integer literal of any size: no point, no exponent.
    package var isIntegerLiteral: Bool {
        guard case .number(let literal) = self else { return false }
        return !literal.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }

    /// A number's literal without an exponent, as whoever writes it by a library may send it: `0.000001` for `1e-06`.
    /// Nil when this is no number, or has an exponent beyond ±40.
    package var decimalLiteral: String? {
        guard case .number(let literal) = self else { return nil }
        let parts = literal.split { $0 == "e" || $0 == "E" }
        guard parts.count == 2 else { return literal }
        guard let exponent = Int(parts[1]), (-40...40).contains(exponent) else { return nil }
        let mantissa = parts[0].drop { $0 == "-" }.split(separator: ".")
        var digits = mantissa.joined()
        var point = mantissa[0].count + exponent
        if point < 1 {
            digits = String(repeating: "0", count: 1 - point) + digits
            point = 1
        }
        digits += String(repeating: "0", count: max(0, point - digits.count))
        let whole = digits.prefix(point).drop { $0 == "0" }
        var fraction = digits.dropFirst(point)
        while fraction.last == "0" { fraction.removeLast() }
        return (literal.hasPrefix("-") ? "-" : "") + (whole.isEmpty ? "0" : whole)
            + (fraction.isEmpty ? "" : "." + fraction)
    }

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// What to call it in a message to a person: "a string", "an object".
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: isIntegerLiteral ? "an integer" : "a number with a fraction or an exponent"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// Why some bytes are not JSON. `offset` counts bytes from 0.
package struct JSONSyntaxError: Error, Sendable, Hashable {
    package let offset: Int
    /// For a person; never quotes the input.
    package let reason: String
}
