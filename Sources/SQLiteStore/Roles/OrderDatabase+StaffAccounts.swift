import GRDB
package import Orders

extension OrderDatabase {
    package func add(_ account: StaffAccount, password: String) async throws(StoreError) -> Bool {
        try await write { try StaffAccountTable(db: $0).insert(account, password: password) }
    }

    package func accounts() async throws(StoreError) -> [StaffAccount] {
        try await read { try StaffAccountTable(db: $0).accounts() }
    }

    package func login(email: String, device: [UInt8]?) async throws(StoreError) -> StaffLogin? {
        try await read { db in
            guard let (id, account, password) = try StaffAccountTable(db: db).login(email: email) else { return nil }
            let isKnown = try device.map { try SessionTable(db: db).knows(device: $0, of: id) }
            return StaffLogin(account: account, password: password, isKnownDevice: isKnown ?? false)
        }
    }

    package func disable(name: String, at now: Timestamp) async throws(StoreError) -> Bool {
        try await write { db in
            let accounts = StaffAccountTable(db: db)
            guard let id = try accounts.id(of: name), try accounts.disable(id, at: now) else { return false }
            try SessionTable(db: db).deleteAll(of: id)
            try SessionTable(db: db).forgetDevices(of: id)
            return true
        }
    }

    package func setPassword(
        _ password: String, of name: String, mustChange: Bool, keeping: [UInt8]?
    ) async throws(StoreError) -> Bool {
        try await write { db in
            let accounts = StaffAccountTable(db: db)
            guard let id = try accounts.id(of: name) else { return false }
            try accounts.setPassword(password, of: id, mustChange: mustChange)
            try SessionTable(db: db).deleteAll(of: id, keeping: keeping)
            return true
        }
    }

    package func setPreferences(_ preferences: StaffPreferences, of name: String) async throws(StoreError) -> Bool {
        try await write { try StaffAccountTable(db: $0).setPreferences(preferences, of: name) }
    }

    // MARK: Sessions

    package func openSession(
        _ hash: [UInt8], for name: String, verifiedBy password: String, replacing: [UInt8]?, device: [UInt8],
        at now: Timestamp
    ) async throws(StoreError) -> Bool {
        try await write { db in
            guard let id = try StaffAccountTable(db: db).id(of: name, ifPasswordIs: password) else { return false }
            let sessions = SessionTable(db: db)
            if let replacing { try sessions.delete(replacing) }
            try sessions.deleteExpired(at: now)
            try sessions.insert(hash, of: id, at: now)
            try sessions.remember(device: device, of: id, at: now)
            return true
        }
    }

    package func session(
        _ hash: [UInt8], at now: Timestamp, isUse: Bool
    ) async throws(StoreError) -> StaffSession? {
        let session = try await read { try SessionTable(db: $0).session(hash) }
        guard let session, session.isLive(at: now) else { return nil }
        // Even while intake is shed: staff must see what goes on then.
        if isUse && session.needsTouch(at: now) {
            try await write(evenIfFull: true) { try SessionTable(db: $0).touch(hash, at: now) }
        }
        return session
    }

    package func endSession(_ hash: [UInt8]) async throws(StoreError) {
        try await write { try SessionTable(db: $0).delete(hash) }
    }
}
