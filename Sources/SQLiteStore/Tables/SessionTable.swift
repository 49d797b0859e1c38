import GRDB
import Orders

/// The tables `staff_sessions`, who is signed in, and `staff_devices`, in which browsers somebody was before.
struct SessionTable {
    private static let deviceDays: Int64 = 90
    private static let devicesPerAccount = 10

    let db: Database

    func insert(_ hash: [UInt8], of account: Int64, at now: Timestamp) throws {
        try db.run(
            "INSERT INTO staff_sessions (hash, account, opened_at, used_at) VALUES (?, ?, ?, ?)",
            [hash.blob, account, now.milliseconds, now.milliseconds])
    }

    func session(_ hash: [UInt8]) throws -> StaffSession? {
        let found = try db.row(
            """
            SELECT s.opened_at, s.used_at, \(StaffAccountTable.columns)
            FROM staff_sessions s JOIN staff_accounts a ON a.id = s.account WHERE s.hash = ?
            """, [hash.blob])
        guard var columns = found else { return nil }
        let openedAt = try columns.timestamp()
        let usedAt = try columns.timestamp()
        return StaffSession(account: try StaffAccountTable.read(&columns), openedAt: openedAt, usedAt: usedAt)
    }

    func touch(_ hash: [UInt8], at now: Timestamp) throws {
        try db.run(
            "UPDATE staff_sessions SET used_at = max(used_at, ?) WHERE hash = ?", [now.milliseconds, hash.blob])
    }

    func delete(_ hash: [UInt8]) throws { try db.run("DELETE FROM staff_sessions WHERE hash = ?", [hash.blob]) }

    /// - Parameter keeping: one that stays.
    func deleteAll(of account: Int64, keeping: [UInt8]? = nil) throws {
        try db.run(
            "DELETE FROM staff_sessions WHERE account = ? AND hash IS NOT ?", [account, keeping.map(\.blob)])
    }

    /// Few people sign in, so nobody waits for this walk.
    func deleteExpired(at now: Timestamp) throws {
        try db.run(
            "DELETE FROM staff_sessions WHERE used_at <= ? OR opened_at <= ?",
            [
                now.adding(seconds: -StaffSession.idleSeconds).milliseconds,
                now.adding(seconds: -StaffSession.longestSeconds).milliseconds,
            ])
        try db.run(
            "DELETE FROM staff_devices WHERE seen_at <= ?",
            [now.adding(seconds: -Self.deviceDays * 86_400).milliseconds])
    }

    // MARK: Devices

    func remember(device hash: [UInt8], of account: Int64, at now: Timestamp) throws {
        try db.run(
            """
            INSERT INTO staff_devices (hash, account, seen_at) VALUES (?, ?, ?)
            ON CONFLICT (hash) DO UPDATE SET account = excluded.account, seen_at = excluded.seen_at
            """, [hash.blob, account, now.milliseconds])
        try db.run(
            """
            DELETE FROM staff_devices WHERE account = ?1 AND hash NOT IN
                (SELECT hash FROM staff_devices WHERE account = ?1 ORDER BY seen_at DESC, hash LIMIT ?2)
            """, [account, Self.devicesPerAccount])
    }

    func knows(device hash: [UInt8], of account: Int64) throws -> Bool {
        try db.integer("SELECT 1 FROM staff_devices WHERE hash = ? AND account = ?", [hash.blob, account]) != nil
    }

    func forgetDevices(of account: Int64) throws {
        try db.run("DELETE FROM staff_devices WHERE account = ?", [account])
    }
}
