/// Somebody who may sign in to the staff console.
package struct StaffAccount: Sendable, Hashable {
    /// `[A-Za-z0-9._-]{1,64}`, unique among accounts and for ever: the history names people by it.
    package let name: String
    /// Lower case; unique among accounts.
    package let email: String
    package let role: StaffRole
    package let createdAt: Timestamp
    /// Set while the account may not sign in.
    package let disabledAt: Timestamp?
    /// Somebody else chose the password: the first thing to do is to choose another.
    package let mustChangePassword: Bool
    package let preferences: StaffPreferences

    package init(
        name: String, email: String, role: StaffRole, createdAt: Timestamp, disabledAt: Timestamp? = nil,
        mustChangePassword: Bool = false, preferences: StaffPreferences = StaffPreferences()
    ) {
        self.name = name
        self.email = email
        self.role = role
        self.createdAt = createdAt
        self.disabledAt = disabledAt
        self.mustChangePassword = mustChangePassword
        self.preferences = preferences
    }

    package func allows(_ scope: Scope) -> Bool { role.scopes.contains(scope) || role.scopes.contains(.admin) }

    /// How an e-mail is kept and compared; nil when it is none. What comes before the `@` is not judged further: only
    /// its own server knows.
    package static func email(_ text: String) -> String? {
        let email = text.trimmingSpaces().lowercased()
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, email.utf8.count <= 254,
            email.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { return nil }
        return email
    }

    /// A name drawn from an e-mail: what stands before the `@`, as far as a name may hold it.
    package static func name(from email: String) -> String {
        let name = email.prefix { $0 != "@" }.filter { StaffToken.isName(String($0)) }.prefix(64)
        return name.isEmpty ? "staff" : String(name)
    }
}

/// What an account may do, in the words of the staff API's scopes.
package enum StaffRole: String, Sendable, CaseIterable {
    /// Looks, and changes nothing.
    case viewer
    /// Steers orders and keeps the catalog.
    case staff
    /// Everything, accounts and tokens included.
    case admin

    package var scopes: Set<Scope> {
        switch self {
        case .viewer: [.ordersRead]
        case .staff: [.ordersRead, .ordersWrite, .catalogWrite]
        case .admin: [.admin]
        }
    }
}

/// How one person likes the console.
package struct StaffPreferences: Sendable, Hashable {
    package static let rowCounts = [25, 50, 100]

    /// Single keys do something; off until the person turns them on, since they get in the way of voice input.
    package var hasShortcuts = false
    /// Rows on a page of the list: one of `rowCounts`.
    package var rowsPerPage = 50
    /// What the list shows first.
    package var view = OrderView.attention

    package init() {}
}

/// What a password must be, whoever chooses it. Length alone makes it hard to guess; rules about its characters do not.
package enum PasswordRule {
    package static let shortest = 12
    package static let longest = 200

    /// For a person: what is wrong with it; nil when it will do.
    package static func refusal(_ password: String, of account: (name: String, email: String)) -> String? {
        let count = password.unicodeScalars.count
        if count < shortest { return "must have at least \(shortest) characters" }
        if count > longest { return "must have at most \(longest) characters" }
        let lowered = password.lowercased()
        if lowered == account.email || lowered == account.name.lowercased() || Set(lowered).count < 4 {
            return "is too easy to guess"
        }
        return nil
    }
}
