import Foundation

/// Reads the members of a request's JSON and collects every wrong type with its pointer.
///
/// Absent and `null` are the same. A wrong type is a problem of shape (HTTP 400); whether a value is acceptable is
/// judged later, when the shape of everything is known to be right.
package struct FieldReader {
    package private(set) var problems: [FieldProblem] = []

    package init() {}

    /// - Throws: `MalformedRequest` with every problem found so far.
    package func finish() throws(MalformedRequest) {
        guard problems.isEmpty else { throw MalformedRequest(problems: problems) }
    }

    package mutating func wrongType(_ pointer: String, _ value: JSONValue, expected: String) {
        problems.append(FieldProblem(pointer, "wrong_type", "must be \(expected), not \(value.kind)"))
    }

    package mutating func missing(_ pointer: String, _ detail: String) {
        problems.append(FieldProblem(pointer, "required", detail))
    }

    package mutating func malformed(_ pointer: String, _ code: String, _ detail: String) {
        problems.append(FieldProblem(pointer, code, detail))
    }

    private func present(_ object: JSONValue?, _ name: String) -> JSONValue? {
        guard let value = object?[name], !value.isNull else { return nil }
        return value
    }

    package mutating func string(_ object: JSONValue?, _ name: String, at pointer: String) -> String? {
        guard let value = present(object, name) else { return nil }
        guard let text = value.stringValue else {
            wrongType("\(pointer)/\(name)", value, expected: "a string")
            return nil
        }
        return text
    }

    package mutating func bool(_ object: JSONValue?, _ name: String, at pointer: String) -> Bool? {
        guard let value = present(object, name) else { return nil }
        guard let truth = value.boolValue else {
            wrongType("\(pointer)/\(name)", value, expected: "true or false")
            return nil
        }
        return truth
    }

    /// An integer literal; one that does not fit 64 bits comes back as the nearest that does.
    package mutating func integer(_ object: JSONValue?, _ name: String, at pointer: String) -> Int? {
        guard let value = present(object, name) else { return nil }
        guard value.isIntegerLiteral, case .number(let literal) = value else {
            wrongType("\(pointer)/\(name)", value, expected: "an integer, written without point or exponent")
            return nil
        }
        return Int(literal) ?? (literal.hasPrefix("-") ? .min : .max)
    }

    package mutating func object(_ object: JSONValue?, _ name: String, at pointer: String) -> JSONValue? {
        guard let value = present(object, name) else { return nil }
        guard case .object = value else {
            wrongType("\(pointer)/\(name)", value, expected: "an object")
            return nil
        }
        return value
    }

    package mutating func array(_ object: JSONValue?, _ name: String, at pointer: String) -> [JSONValue]? {
        guard let value = present(object, name) else { return nil }
        guard let values = value.arrayValue else {
            wrongType("\(pointer)/\(name)", value, expected: "an array")
            return nil
        }
        return values
    }

    /// The whole request must be an object.
    package mutating func root(_ value: JSONValue) {
        guard case .object = value else { return wrongType("", value, expected: "an object") }
    }
}

/// A request that was understood and is refused for what its fields say (HTTP 422).
package struct InvalidFields: Error, Sendable {
    package let problems: [FieldProblem]

    package init(problems: [FieldProblem]) { self.problems = problems }
}

/// Judges the text of fields: trims, normalises to NFC, checks length and control characters.
package struct FieldJudge {
    package private(set) var problems: [FieldProblem] = []

    package init() {}

    package mutating func refuse(_ pointer: String, _ code: String, _ detail: String) {
        problems.append(FieldProblem(pointer, code, detail))
    }

    /// The cleaned text; nil when there is none, or it is refused. Lengths count Unicode scalars after cleaning.
    package mutating func text(
        _ raw: String?, at pointer: @autoclosure () -> String, maximum: Int, allowingLineBreaks: Bool = false
    ) -> String? {
        guard let raw, let text = Self.clean(raw, allowingLineBreaks: allowingLineBreaks) else { return nil }
        guard !Self.hasControl(text, allowingLineBreaks: allowingLineBreaks) else {
            refuse(pointer(), "control_character", "contains a control character; remove it")
            return nil
        }
        guard text.utf8.count <= maximum || text.unicodeScalars.count <= maximum else {
            refuse(pointer(), "too_long", "must be at most \(maximum) characters")
            return nil
        }
        return text
    }

    /// As `text`, but nothing is a problem too.
    package mutating func required(
        _ raw: String?, at pointer: @autoclosure () -> String, maximum: Int, _ missing: String
    ) -> String? {
        let before = problems.count
        let value = text(raw, at: pointer(), maximum: maximum)
        if value == nil && problems.count == before { refuse(pointer(), "required", missing) }
        return value
    }

    static func clean(_ raw: String, allowingLineBreaks: Bool) -> String? {
        var text = raw.trimmingSpaces()
        if allowingLineBreaks, text.hasASCIIControl, text.utf8.contains(0x0D) {
            text = text.replacing("\r\n", with: "\n")
        }
        if !text.isASCII { text = text.precomposedStringWithCanonicalMapping }
        return text.isEmpty ? nil : text
    }

    private static func hasControl(_ text: String, allowingLineBreaks: Bool) -> Bool {
        if text.isASCII {
            return text.hasASCIIControl
                && text.utf8.contains { $0 < 0x20 && !(allowingLineBreaks && $0 == 0x0A) || $0 == 0x7F }
        }
        return text.unicodeScalars.contains { isControl($0, allowingLineBreaks: allowingLineBreaks) }
    }

    private static func isControl(_ scalar: Unicode.Scalar, allowingLineBreaks: Bool) -> Bool {
        if scalar.isASCII {
            return (scalar.value < 0x20 || scalar.value == 0x7F) && !(allowingLineBreaks && scalar == "\n")
        }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }
}
