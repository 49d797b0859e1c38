import GRDB
import Orders

/// The table `staff_accounts`; a disabled one stays, so that the history's names keep their meaning.
struct StaffAccountTable {
    let db: Database

    /// False when the name or the e-mail is taken.
    func insert(_ account: StaffAccount, password: String) throws -> Bool {
        try db.run(
            """
            INSERT INTO staff_accounts (name, email, role, password, must_change, created_at, disabled_at,
                has_shortcuts, rows_per_page, first_view)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                account.name, account.email, account.role.code, password, account.mustChangePassword,
                account.createdAt.milliseconds, account.disabledAt?.milliseconds, account.preferences.hasShortcuts,
                account.preferences.rowsPerPage, account.preferences.view.rawValue,
            ]) == 1
    }

    func accounts() throws -> [StaffAccount] {
        try db.rows("SELECT \(Self.columns) FROM staff_accounts a ORDER BY a.id", [], Self.read)
    }

    /// The account with its key and its password.
    func login(email: String) throws -> (id: Int64, account: StaffAccount, password: String)? {
        let found = try db.row(
            "SELECT a.id, a.password, \(Self.columns) FROM staff_accounts a WHERE a.email = ?", [email])
        guard var columns = found else { return nil }
        let id = try columns.integer()
        let password = try columns.text()
        return (id, try Self.read(&columns), password)
    }

    func id(of name: String) throws -> Int64? {
        try db.integer("SELECT id FROM staff_accounts WHERE name = ?", [name])
    }

    /// The account's key, if it is enabled and its password is still this one.
    func id(of name: String, ifPasswordIs password: String) throws -> Int64? {
        try db.integer(
            "SELECT id FROM staff_accounts WHERE name = ? AND password = ? AND disabled_at IS NULL", [name, password])
    }

    func disable(_ id: Int64, at now: Timestamp) throws -> Bool {
        try db.run(
            "UPDATE staff_accounts SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL", [now.milliseconds, id])
            == 1
    }

    func setPassword(_ password: String, of id: Int64, mustChange: Bool) throws {
        try db.run(
            "UPDATE staff_accounts SET password = ?, must_change = ?, disabled_at = NULL WHERE id = ?",
            [password, mustChange, id])
    }

    func setPreferences(_ preferences: StaffPreferences, of name: String) throws -> Bool {
        try db.run(
            "UPDATE staff_accounts SET has_shortcuts = ?, rows_per_page = ?, first_view = ? WHERE name = ?",
            [preferences.hasShortcuts, preferences.rowsPerPage, preferences.view.rawValue, name]) == 1
    }

    static let columns = """
        a.name, a.email, a.role, a.created_at, a.disabled_at, a.must_change, a.has_shortcuts, a.rows_per_page, a.first_view
        """

    static func read(_ columns: inout ColumnReader) throws -> StaffAccount {
        let name = try columns.text()
        let email = try columns.text()
        let role = try columns.code(StaffRole.self)
        let createdAt = try columns.timestamp()
        let disabledAt = try columns.optionalTimestamp()
        let mustChange = try columns.bool()
        var preferences = StaffPreferences()
        preferences.hasShortcuts = try columns.bool()
        preferences.rowsPerPage = try columns.int()
        // A view that a later version knew is no reason to lock somebody out.
        preferences.view = OrderView(rawValue: try columns.text()) ?? preferences.view
        return StaffAccount(
            name: name, email: email, role: role, createdAt: createdAt, disabledAt: disabledAt,
            mustChangePassword: mustChange, preferences: preferences)
    }
}
