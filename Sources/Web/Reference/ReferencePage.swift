import Crypto
import Foundation
import Mustache
import Orders

/// The interface's description as one page for people: no script, and no request to anybody else.
enum ReferencePage {
    private static let style = String(decoding: PackageResources.reference_css, as: UTF8.self)

    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'sha256-\(Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString())'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// Made once: it depends on nothing but the program.
    static let html: String = {
        do {
            let text = String(decoding: PackageResources.reference_mustache, as: UTF8.self)
            return try MustacheTemplate(string: text).render(ReferenceView(InterfaceDocument.shared, style: style))
        } catch {
            preconditionFailure("a template in this program does not parse: \(error)")
        }
    }()
}

/// What the template is filled with. Names ending in nothing are text; `type`, `text` and `paragraphs` are HTML already.
private struct ReferenceView {
    let title: String
    let summary: String
    let style: String
    let paragraphs: [String]
    let groups: [GroupView]
    let schemas: [SchemaView]

    init(_ document: InterfaceDocument, style: String) {
        let root = document.value
        let info = root["info"] ?? .null
        title = info["title"]?.stringValue ?? ""
        summary = info["summary"]?.stringValue ?? ""
        self.style = style
        paragraphs = Prose.paragraphs(info["description"])
        let operations = Self.operations(root["paths"], document)
        groups =
            (root["tags"]?.arrayValue ?? []).map { tag in
                let name = tag["name"]?.stringValue ?? ""
                return GroupView(
                    name: name, description: Prose.html(tag["description"]?.stringValue ?? ""),
                    operations: operations.filter { $0.tag == name })
            } + [
                GroupView(
                    name: "webhooks that we send", description: "What the fulfillment house receives.",
                    operations: Self.operations(root["webhooks"], document))
            ]
        schemas = (root["components"]?["schemas"] ?? .null).members.map { SchemaView(name: $0.name, $0.value) }
    }

    private static func operations(_ paths: JSONValue?, _ document: InterfaceDocument) -> [OperationView] {
        (paths ?? .null).members.flatMap { path in
            path.value.members.filter { $0.name != "parameters" }.map { method in
                OperationView(
                    method: method.name.uppercased(), path: path.name, method.value,
                    shared: path.value["parameters"], document)
            }
        }
    }
}

private struct GroupView {
    let name: String
    let id: String
    let description: String
    let operations: [OperationView]

    init(name: String, description: String, operations: [OperationView]) {
        self.name = name
        id = name.replacing(" ", with: "-")
        self.description = description
        self.operations = operations
    }
}

private struct OperationView {
    let tag: String
    let id: String
    let method: String
    let path: String
    let summary: String
    let paragraphs: [String]
    let security: [String]
    let parameters: [ParameterView]
    let hasParameters: Bool
    let bodies: [BodyView]

    init(method: String, path: String, _ operation: JSONValue, shared: JSONValue?, _ document: InterfaceDocument) {
        tag = operation["tags"]?.arrayValue?.first?.stringValue ?? ""
        id = operation["operationId"]?.stringValue ?? ""
        self.method = method
        self.path = path
        summary = operation["summary"]?.stringValue ?? ""
        paragraphs = Prose.paragraphs(operation["description"])
        security = (operation["security"]?.arrayValue ?? []).flatMap { $0.members.map(\.name) }
        let all = (shared?.arrayValue ?? []) + (operation["parameters"]?.arrayValue ?? [])
        parameters = all.map { ParameterView(document.resolved($0)) }
        hasParameters = !parameters.isEmpty
        let request = operation["requestBody"].map { [BodyView("Request", $0)] } ?? []
        bodies =
            request
            + (operation["responses"] ?? .null).members.map { answer in
                BodyView(
                    answer.name == "default" ? "Any other answer" : answer.name, document.resolved(answer.value),
                    isShared: answer.value["$ref"] != nil)
            }
    }
}

private struct ParameterView {
    let name: String
    let place: String
    let type: String
    let text: String

    init(_ parameter: JSONValue) {
        name = parameter["name"]?.stringValue ?? ""
        place = (parameter["in"]?.stringValue ?? "") + (parameter["required"]?.boolValue == true ? ", required" : "")
        type = SchemaText.html(parameter["schema"] ?? .null)
        text = Prose.html(parameter["description"]?.stringValue ?? "")
    }
}

/// A request's or an answer's body.
private struct BodyView {
    let heading: String
    let text: String
    let media: String?
    let type: String
    let members: [MemberView]
    let hasMembers: Bool
    let example: String?

    /// - Parameter isShared: an answer that many operations have; its example would stand on the page forty times.
    init(_ heading: String, _ body: JSONValue, isShared: Bool = false) {
        self.heading = heading
        text = Prose.html(body["description"]?.stringValue ?? "")
        let content = (body["content"] ?? .null).members.first
        media = content?.name
        let schema = content?.value["schema"] ?? .null
        type = SchemaText.html(schema)
        members = SchemaText.members(schema)
        hasMembers = !members.isEmpty
        example = isShared ? nil : content?.value["example"].map { $0.stringValue ?? $0.indented() }
    }
}

private struct SchemaView {
    let name: String
    let id: String
    let text: String
    let type: String
    let members: [MemberView]
    let hasMembers: Bool

    init(name: String, _ schema: JSONValue) {
        self.name = name
        id = "schema-" + name
        text = Prose.html(schema["description"]?.stringValue ?? "")
        type = SchemaText.html(schema)
        members = SchemaText.members(schema)
        hasMembers = !members.isEmpty
    }
}
