import CurlTransport
import Fulfillment
import Orders
import SQLiteStore
import Web

/// Does the writing for a command: through the running server's socket while there is one, for one process writes the
/// file; in the file itself when no server runs.
enum Clerk: Sendable {
    case server(ServerConnection)
    case file(OrderDatabase)

    static func reach(_ settings: Settings) async throws(Failure) -> Clerk {
        let path = settings.databasePath
        let socket = try UnixSocket(besideDatabase: path)
        if socket.isAnswered {
            Curl.globalInit()
            return .server(ServerConnection(socket: socket, transport: try Mailroom.transport(maximumInFlight: 1)))
        }
        UnixSocket.makeFilesPrivate()
        do {
            return .file(try OrderDatabase.open(path: path, queueLimit: settings.http.queue))
        } catch {
            throw Failure(error, database: path)
        }
    }

    /// Does the work, and closes behind it whether it went well or not.
    func finishing<Result: Sendable>(_ work: (Clerk) async throws -> Result) async throws -> Result {
        do {
            let result = try await work(self)
            await close()
            return result
        } catch {
            await close()
            if let error = error as? StoreError { throw Failure(error) }
            throw error
        }
    }

    private func close() async {
        switch self {
        case .server(let connection): await connection.close()
        case .file(let database): await database.close()
        }
    }

    /// - Returns: the token's text, which is nowhere afterwards.
    func createToken(named name: String, scopes: Set<Scope>) async throws -> String {
        switch self {
        case .server(let connection):
            var json = JSONWriter()
            json.object {
                $0.field("name", name)
                $0.array("scopes", scopes.map(\.rawValue).sorted())
            }
            let answer = try await connection.send("POST", "/v1/staff/tokens", body: json.bytes)
            guard let token = answer["token"]?.stringValue else { throw ServerConnection.notUnderstood }
            return token
        case .file(let database):
            let credential = StaffCredential.random()
            let token = StaffToken(name: name, scopes: scopes, createdAt: SystemClock().now)
            guard try await database.add(token, hash: credential.hash) else {
                throw Failure(.dataError, "there is a token of the name \(name) already: revoke it first")
            }
            return credential.text
        }
    }

    func revokeToken(named name: String) async throws {
        switch self {
        case .server(let connection):
            guard StaffToken.isName(name) else { throw Self.noToken(name) }
            do {
                _ = try await connection.send("DELETE", "/v1/staff/tokens/\(name)")
            } catch {
                throw error.status == .noInput ? Self.noToken(name) : error
            }
        case .file(let database):
            guard try await database.revoke(name: name, at: SystemClock().now) else { throw Self.noToken(name) }
        }
    }

    private static func noToken(_ name: String) -> Failure { Failure(.noInput, "there is no token of that name") }

    /// - Parameter titles: what `bytes` hold, read and judged.
    func importCatalog(_ bytes: [UInt8], titles: [Title], isDryRun: Bool) async throws -> CatalogChange {
        switch self {
        case .server(let connection):
            let answer = try await connection.send(
                "POST", "/v1/staff/catalog/import" + (isDryRun ? "?dry_run=true" : ""), body: bytes, type: "text/csv")
            guard let added = answer["added"]?.arrayValue, let changed = answer["changed"]?.arrayValue,
                let unchanged = answer["unchanged"]?.intValue
            else { throw ServerConnection.notUnderstood }
            return CatalogChange(
                added: added.compactMap(\.stringValue), changed: changed.compactMap(\.stringValue),
                unchanged: unchanged)
        case .file(let database):
            return isDryRun
                ? CatalogChange(putting: titles, into: database.catalog) : try await database.put(titles)
        }
    }
}
