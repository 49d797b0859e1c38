import GRDB
package import Orders

extension OrderDatabase {
    package func add(_ token: StaffToken, hash: [UInt8]) async throws(StoreError) -> Bool {
        try await write { try TokenTable(db: $0).insert(token, hash: hash) }
    }

    package func token(hash: [UInt8]) async throws(StoreError) -> StaffToken? {
        try await read { try TokenTable(db: $0).token(hash: hash) }
    }

    package func tokens() async throws(StoreError) -> [StaffToken] {
        try await read { try TokenTable(db: $0).tokens() }
    }

    package func revoke(name: String, at now: Timestamp) async throws(StoreError) -> Bool {
        try await write { try TokenTable(db: $0).revoke(name, at: now) }
    }
}
