import GRDB
import Orders

/// The table `staff_tokens`; a revoked one stays, so that the history's names keep their meaning.
struct TokenTable {
    let db: Database

    /// False when the name is taken by a live token.
    func insert(_ token: StaffToken, hash: [UInt8]) throws -> Bool {
        let scopes = token.scopes.map(\.rawValue).sorted().joined(separator: " ")
        let changes = try db.run(
            "INSERT INTO staff_tokens (name, hash, scopes, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [token.name, hash.blob, scopes, token.createdAt.milliseconds])
        return changes == 1
    }

    func token(hash: [UInt8]) throws -> StaffToken? {
        let found = try db.row("\(Self.selection) AND hash = ?", [hash.blob])
        guard var columns = found else { return nil }
        return try Self.read(&columns)
    }

    func tokens() throws -> [StaffToken] { try db.rows("\(Self.selection) ORDER BY id", [], Self.read) }

    func revoke(_ name: String, at now: Timestamp) throws -> Bool {
        try db.run(
            "UPDATE staff_tokens SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL", [now.milliseconds, name])
            == 1
    }

    private static let selection = "SELECT name, scopes, created_at FROM staff_tokens WHERE revoked_at IS NULL"

    private static func read(_ columns: inout ColumnReader) throws -> StaffToken {
        try StaffToken(
            name: columns.text(),
            scopes: Set(columns.text().split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
            createdAt: columns.timestamp())
    }
}
