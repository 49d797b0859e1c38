import Fulfillment
import Orders
import SQLiteStore
import Web

/// Accounts of the console: what `mailroom staff` does.
extension Clerk {
    static let noAccount = Failure(.noInput, "there is no such account")

    /// - Returns: the account's name, and its password if it was made here: it is nowhere afterwards.
    func addAccount(_ request: StaffAccountRequest) async throws -> (name: String, password: String?) {
        switch self {
        case .server(let connection):
            var json = JSONWriter()
            json.object {
                $0.field("email", request.email)
                $0.field("name", request.name)
                $0.field("role", request.role)
                $0.field("password", request.password)
            }
            let answer = try await connection.send("POST", "/v1/staff/accounts", body: json.bytes)
            guard let name = answer["name"]?.stringValue else { throw ServerConnection.notUnderstood }
            return (name, answer["password"]?.stringValue)
        case .file(let database):
            let made: (account: StaffAccount, password: String, isGenerated: Bool)
            do {
                made = try request.judged(at: SystemClock().now)
            } catch {
                throw Failure(.dataError, error.problems.map { "\($0.pointer): \($0.detail)" }.joined(separator: "\n"))
            }
            guard try await database.add(made.account, password: try await Passwords().hash(made.password)) else {
                throw Failure(.dataError, "an account has this name or this email already, perhaps a disabled one")
            }
            return (made.account.name, made.isGenerated ? made.password : nil)
        }
    }

    func disableAccount(named name: String) async throws {
        switch self {
        case .server(let connection):
            do {
                _ = try await connection.send("POST", "/v1/staff/accounts/\(name)/disable")
            } catch {
                throw error.status == .noInput ? Self.disabledAlready : error
            }
        case .file(let database):
            guard try await database.disable(name: name, at: SystemClock().now) else { throw Self.disabledAlready }
        }
    }

    private static let disabledAlready = Failure(.noInput, "there is no such account that is not disabled already")

    /// - Parameter password: nil to make one.
    /// - Returns: the password that was made.
    func resetAccount(named name: String, to password: String?) async throws -> String? {
        switch self {
        case .server(let connection):
            var json = JSONWriter()
            json.object { $0.field("password", password) }
            let answer = try await connection.send("POST", "/v1/staff/accounts/\(name)/password", body: json.bytes)
            return answer["password"]?.stringValue
        case .file(let database):
            guard let account = try await database.accounts().first(where: { $0.name == name }) else {
                throw Self.noAccount
            }
            let new = password ?? OneTimePassword.random()
            if let refusal = PasswordRule.refusal(new, of: (account.name, account.email)) {
                throw Failure(.dataError, "the password \(refusal)")
            }
            let hash = try await Passwords().hash(new)
            guard try await database.setPassword(hash, of: name, mustChange: true, keeping: nil) else {
                throw Self.noAccount
            }
            return password == nil ? new : nil
        }
    }
}
