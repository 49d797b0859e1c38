import Orders

/// A place in a JSON text, as people type it: `data.package.items.0.quantity`.
struct JSONPath: Sendable, Hashable {
    let parts: [String]

    /// Nil for an empty part.
    init?(_ text: String) {
        parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.contains("") { return nil }
    }

    /// The value with another at this place; objects that are missing on the way are made. Nil when the way leads through
    /// something that is neither an object nor an array, or past an array's end.
    func setting(_ new: JSONValue, in value: JSONValue) -> JSONValue? { Self.set(parts[...], new, in: value) }

    /// The value without this place; nil when there is nothing.
    func removing(from value: JSONValue) -> JSONValue? { Self.set(parts[...], nil, in: value) }

    private static func set(_ path: ArraySlice<String>, _ new: JSONValue?, in value: JSONValue) -> JSONValue? {
        guard let name = path.first else { return new }
        let rest = path.dropFirst()
        switch value {
        case .object(var members):
            guard let index = members.firstIndex(where: { $0.name == name }) else {
                guard let new, let made = set(rest, new, in: .object([])) else { return nil }
                return .object(members + [.init(name: name, value: made)])
            }
            if rest.isEmpty, new == nil {
                members.remove(at: index)
            } else {
                guard let changed = set(rest, new, in: members[index].value) else { return nil }
                members[index] = .init(name: name, value: changed)
            }
            return .object(members)
        case .array(var values):
            guard let index = Int(name), values.indices.contains(index) else { return nil }
            if rest.isEmpty, new == nil {
                values.remove(at: index)
            } else {
                guard let changed = set(rest, new, in: values[index]) else { return nil }
                values[index] = changed
            }
            return .array(values)
        default: return nil
        }
    }

    /// `path=value`: the value is JSON if it can be read as such, else text.
    static func assignment(_ text: String) -> (path: JSONPath, value: JSONValue)? {
        guard let equals = text.firstIndex(of: "="), let path = JSONPath(String(text[..<equals])) else { return nil }
        let right = String(text[text.index(after: equals)...])
        return (path, (try? JSONReader.read(Array(right.utf8))) ?? .string(right))
    }
}
