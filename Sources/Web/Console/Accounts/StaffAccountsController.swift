import Fulfillment
import Hummingbird
package import Orders

/// Accounts of the console, for administrators: `/v1/staff/accounts`. A password that was made here is shown once.
struct StaffAccountsController: Sendable {
    private let store: any Store
    private let clock: any Clock
    private let bodies: RequestBodies
    private let passwords: Passwords

    init(_ parts: WebParts) {
        store = parts.store
        clock = parts.clock
        bodies = RequestBodies(parts)
        passwords = parts.passwords
    }

    func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let accounts = try await store.accounts()
        return .json {
            $0.object { $0.array("data", accounts) { account, json in json.object { account.writeMembers(to: &$0) } } }
        }
    }

    func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await bodies.json(of: request)
        var reader = FieldReader()
        reader.root(json)
        let request = StaffAccountRequest(
            email: reader.string(json, "email", at: ""), name: reader.string(json, "name", at: ""),
            role: reader.string(json, "role", at: ""), password: reader.string(json, "password", at: ""))
        try reader.finish()
        let made = try request.judged(at: clock.now)
        guard try await store.add(made.account, password: try await passwords.hash(made.password)) else {
            throw Problem(.nameTaken, "An account has this name or this email already, perhaps a disabled one.")
        }
        return .json(.created) {
            $0.object {
                made.account.writeMembers(to: &$0)
                $0.field("password", made.isGenerated ? made.password : nil)
            }
        }
    }

    func disable(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let name = context.pathPart("name"), try await store.disable(name: name, at: clock.now) else {
            throw Problem.notFound
        }
        return Response(status: .noContent)
    }

    /// A new password, given or made; a disabled account may sign in again.
    func reset(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await bodies.optionalJSON(of: request)
        var reader = FieldReader()
        if let json { reader.root(json) }
        let given = reader.string(json, "password", at: "")
        try reader.finish()
        guard let name = context.pathPart("name"),
            let account = try await store.accounts().first(where: { $0.name == name })
        else { throw Problem.notFound }
        let password = given ?? OneTimePassword.random()
        if let refusal = PasswordRule.refusal(password, of: (account.name, account.email)) {
            throw InvalidFields(problems: [FieldProblem("/password", "weak_password", refusal)])
        }
        let hash = try await passwords.hash(password)
        guard try await store.setPassword(hash, of: name, mustChange: true, keeping: nil) else {
            throw Problem.notFound
        }
        return .json {
            $0.object {
                $0.field("name", name)
                $0.field("password", given == nil ? password : nil)
            }
        }
    }
}

/// An account as it was asked for.
package struct StaffAccountRequest: Sendable {
    package let email: String?
    package let name: String?
    package let role: String?
    package let password: String?

    package init(email: String?, name: String?, role: String?, password: String?) {
        self.email = email
        self.name = name
        self.role = role
        self.password = password
    }

    /// The account and its password, which is made when none was given; one that was made is for one use: whoever signs
    /// in with it must choose another.
    package func judged(at now: Timestamp) throws(InvalidFields) -> (
        account: StaffAccount, password: String, isGenerated: Bool
    ) {
        var problems: [FieldProblem] = []
        let email = self.email.flatMap { StaffAccount.email($0) }
        if email == nil {
            problems.append(FieldProblem("/email", "invalid_email", "must be an email address"))
        }
        let name = self.name ?? email.map { StaffAccount.name(from: $0) } ?? ""
        if !StaffToken.isName(name) && email != nil {
            problems.append(FieldProblem("/name", "invalid_name", "must be 1 to 64 of letters, digits, . _ and -"))
        }
        let role = StaffRole(rawValue: self.role ?? StaffRole.staff.rawValue)
        if role == nil {
            let known = StaffRole.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append(FieldProblem("/role", "unknown_value", "must be one of \(known)"))
        }
        let password = self.password ?? OneTimePassword.random()
        if let refusal = PasswordRule.refusal(password, of: (name, email ?? "")) {
            problems.append(FieldProblem("/password", "weak_password", refusal))
        }
        guard problems.isEmpty, let email, let role else { throw InvalidFields(problems: problems) }
        let account = StaffAccount(
            name: name, email: email, role: role, createdAt: now, mustChangePassword: self.password == nil)
        return (account, password, self.password == nil)
    }
}

extension StaffAccount {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.field("name", name)
        json.field("email", email)
        json.field("role", role.rawValue)
        json.field("created_at", createdAt)
        json.field("disabled_at", disabledAt)
    }
}
