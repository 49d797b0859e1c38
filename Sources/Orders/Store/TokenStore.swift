/// Remembers staff tokens, as hashes only.
package protocol TokenStore: Sendable {
    /// False when the name is taken by a token that is not revoked.
    func add(_ token: StaffToken, hash: [UInt8]) async throws(StoreError) -> Bool
    /// The live token of that hash.
    func token(hash: [UInt8]) async throws(StoreError) -> StaffToken?
    /// Live tokens, oldest first.
    func tokens() async throws(StoreError) -> [StaffToken]
    /// False when there is no live token of that name.
    func revoke(name: String, at now: Timestamp) async throws(StoreError) -> Bool
}

package struct StaffToken: Sendable, Hashable {
    /// Unique among live tokens; the history names its holder by it. `[A-Za-z0-9._-]{1,64}`.
    package let name: String
    package let scopes: Set<Scope>
    package let createdAt: Timestamp

    package init(name: String, scopes: Set<Scope>, createdAt: Timestamp) {
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
    }

    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "._-".utf8.contains($0)
            }
    }

    package func allows(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }
}

package enum Scope: String, Sendable, CaseIterable {
    case ordersRead = "orders:read"
    case ordersWrite = "orders:write"
    case catalogWrite = "catalog:write"
    /// Implies all others.
    case admin
}
