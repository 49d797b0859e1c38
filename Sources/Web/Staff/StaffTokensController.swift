import Fulfillment
import Hummingbird
import Orders

/// Staff tokens: made, listed and revoked by administrators. A token's text is shown once, in the answer to its making.
struct StaffTokensController: Sendable {
    private let store: any Store
    private let clock: any Clock
    private let bodies: RequestBodies

    init(_ parts: WebParts) {
        store = parts.store
        clock = parts.clock
        bodies = RequestBodies(parts)
    }

    func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let tokens = try await store.tokens()
        return .json {
            $0.object { $0.array("data", tokens) { token, json in json.object { token.writeMembers(to: &$0) } } }
        }
    }

    func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try Self.read(try await bodies.json(of: request), at: clock.now)
        let credential = StaffCredential.random()
        guard try await store.add(token, hash: credential.hash) else { throw Problem(.nameTaken) }
        return .json(.created) {
            $0.object {
                token.writeMembers(to: &$0)
                $0.field("token", credential.text)
            }
        }
    }

    func revoke(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let name = context.pathPart("name"), try await store.revoke(name: name, at: clock.now) else {
            throw Problem.notFound
        }
        return Response(status: .noContent)
    }

    private static func read(_ json: JSONValue, at now: Timestamp) throws -> StaffToken {
        var reader = FieldReader()
        reader.root(json)
        let name = reader.string(json, "name", at: "")
        let words = reader.array(json, "scopes", at: "") ?? []
        for (index, word) in words.enumerated() where word.stringValue == nil {
            reader.wrongType("/scopes/\(index)", word, expected: "a string")
        }
        try reader.finish()
        var problems: [FieldProblem] = []
        if !StaffToken.isName(name ?? "") {
            problems.append(FieldProblem("/name", "invalid_name", "must be 1 to 64 of letters, digits, . _ and -"))
        }
        let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
        if words.isEmpty { problems.append(FieldProblem("/scopes", "required", "name at least one of \(known)")) }
        var scopes: Set<Scope> = []
        for (index, word) in words.enumerated() {
            if let scope = word.stringValue.flatMap({ Scope(rawValue: $0) }) {
                scopes.insert(scope)
            } else {
                problems.append(FieldProblem("/scopes/\(index)", "unknown_value", "must be one of \(known)"))
            }
        }
        guard problems.isEmpty, let name else { throw InvalidFields(problems: problems) }
        return StaffToken(name: name, scopes: scopes, createdAt: now)
    }
}

extension StaffToken {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.field("name", name)
        json.array("scopes", scopes.map(\.rawValue).sorted())
        json.field("created_at", createdAt)
    }
}
