import HTTPTypes
import Hummingbird
import Orders

/// Lets staff in: by their token, or, at the Unix socket, because only an administrator can open that.
struct StaffDoor: Sendable {
    let store: any Store
    let isLocalAdmin: Bool

    /// Who acts, when the token is live and allows `scope`.
    func admit(_ request: Request, for scope: Scope) async throws -> Actor {
        if isLocalAdmin { return .staff("local") }
        guard let text = BearerToken.read(request),
            let token = try await store.token(hash: StaffCredential(text: text).hash)
        else {
            var problem = Problem(.unauthorized)
            problem.headers[.wwwAuthenticate] = "Bearer realm=\"staff\""
            throw problem
        }
        guard token.allows(scope) else {
            var problem = Problem(.insufficientScope, "This request needs the scope \(scope.rawValue).")
            problem.headers[.wwwAuthenticate] =
                "Bearer realm=\"staff\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
            throw problem
        }
        return .staff(token.name)
    }
}
