import Orders
import Yams

/// The description of the whole interface (OpenAPI 3.1): one file in YAML, and what is made of it.
struct InterfaceDocument: Sendable {
    static let yaml = PackageResources.openapi_yaml

    /// Read once, at its first use.
    static let shared = InterfaceDocument()

    let value: JSONValue
    let json: [UInt8]

    private init() {
        do {
            guard let root = try Yams.compose(yaml: String(decoding: Self.yaml, as: UTF8.self)) else {
                preconditionFailure("the interface's description is empty")
            }
            value = Self.value(of: root)
            var json = JSONWriter(reserving: 128 << 10)
            json.value(value)
            self.json = json.bytes
        } catch {
            preconditionFailure("the interface's description does not parse: \(error)")
        }
    }

    /// What a `$ref` within the document points to; anything else is its own.
    func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.stringValue else { return value }
        return reference.dropFirst(2).split(separator: "/").reduce(self.value) { $0[String($1)] ?? .null }
    }

    private static func value(of node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            .object(mapping.map { .init(name: $0.key.string ?? "", value: value(of: $0.value)) })
        case .sequence(let sequence): .array(sequence.map(value(of:)))
        case .scalar(let scalar): scalar.style == .plain ? plain(scalar.string) : .string(scalar.string)
        // Composing has replaced them by what they stand for.
        case .alias: .null
        }
    }

    /// YAML 1.2's core schema, as far as the file needs it.
    private static func plain(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: return isNumber(text) ? .number(text) : .string(text)
        }
    }

    /// Such as `-12.5`. Not by a regular expression: making one for each word took a third of the whole reading.
    private static func isNumber(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }),
            case .number? = try? JSONReader.read(Array(text.utf8))
        else { return false }
        return true
    }
}
