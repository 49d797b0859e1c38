import Orders

/// One member of an object that a schema describes.
struct MemberView {
    /// With the names above it: `data.order.number`, `items[].sku`.
    let name: String
    /// HTML.
    let type: String
    /// HTML.
    let text: String
}

/// Says in words what a JSON schema asks for.
enum SchemaText {
    /// HTML, with a link to every schema that is named.
    static func html(_ schema: JSONValue) -> String {
        if let reference = schema["$ref"]?.stringValue {
            let name = Prose.escaped(String(reference.split(separator: "/").last ?? ""))
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        if let words = schema["enum"]?.arrayValue {
            return words.map { "<code>\(word($0))</code>" }.joined(separator: ", ")
        }
        if let constant = schema["const"] { return "always <code>\(word(constant))</code>" }
        for (name, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
            if let parts = schema[name]?.arrayValue { return parts.map(html).joined(separator: joint) }
        }
        let types = schema["type"]?.arrayValue?.compactMap(\.stringValue) ?? [schema["type"]?.stringValue ?? ""]
        return types.map { $0 == "array" ? "array of \(html(schema["items"] ?? .null))" : Prose.escaped($0) }
            .joined(separator: " or ") + bounds(schema)
    }

    private static func word(_ value: JSONValue) -> String { Prose.escaped(value.stringValue ?? value.text) }

    private static func bounds(_ schema: JSONValue) -> String {
        let words = [
            ("minimum", "at least"), ("exclusiveMinimum", "more than"), ("maximum", "at most"),
            ("minItems", "at least"), ("maxItems", "at most"), ("default", "by default"), ("pattern", "such as"),
        ].compactMap { name, phrase in schema[name].map { "\(phrase) <code>\(word($0))</code>" } }
        return words.isEmpty ? "" : ", " + words.joined(separator: ", ")
    }

    /// Its members and those of the objects in it, but for schemas that have a name of their own.
    static func members(_ schema: JSONValue, in prefix: String = "") -> [MemberView] {
        let parts = ["oneOf", "allOf"].flatMap { schema[$0]?.arrayValue ?? [] }.flatMap { members($0, in: prefix) }
        if let items = schema["items"], items["$ref"] == nil, items != .null {
            return parts + members(items, in: prefix.isEmpty ? "[]" : prefix + "[]")
        }
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        return parts
            + (schema["properties"] ?? .null).members.flatMap { member -> [MemberView] in
                let name = prefix.isEmpty ? member.name : "\(prefix).\(member.name)"
                let text = Prose.html(member.value["description"]?.stringValue ?? "")
                let view = MemberView(
                    name: name, type: html(member.value) + (required.contains(member.name) ? "" : ", may be absent"),
                    text: text)
                return [view] + members(member.value, in: name)
            }
    }
}

/// The little Markdown that the descriptions use: paragraphs, `code` and **bold**.
enum Prose {
    static func paragraphs(_ value: JSONValue?) -> [String] {
        (value?.stringValue ?? "").split(separator: "\n\n").map { html(String($0)) }
    }

    static func html(_ text: String) -> String {
        escaped(text).replacing(/`([^`]*)`/) { "<code>\($0.1)</code>" }
            .replacing(/\*\*([^*]*)\*\*/) { "<strong>\($0.1)</strong>" }
    }

    static func escaped(_ text: String) -> String {
        PageText().escapeText(text)
    }
}

extension JSONValue {
    /// An object's members; none of anything else.
    var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// As JSON in one line.
    var text: String {
        var json = JSONWriter()
        json.value(self)
        return json.text
    }

    /// As JSON for people: what fits on a line stands on one.
    func indented(by margin: String = "") -> String {
        let line = text
        guard line.utf8.count + margin.utf8.count > 90 else { return line }
        let inner = margin + "  "
        switch self {
        case .object(let members):
            let rows = members.map { inner + JSONValue.string($0.name).text + ": " + $0.value.indented(by: inner) }
            return "{\n" + rows.joined(separator: ",\n") + "\n\(margin)}"
        case .array(let values):
            return "[\n" + values.map { inner + $0.indented(by: inner) }.joined(separator: ",\n") + "\n\(margin)]"
        default: return line
        }
    }
}
