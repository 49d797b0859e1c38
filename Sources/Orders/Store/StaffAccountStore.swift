/// Remembers who may sign in. Passwords come as texts that a slow hash made; what they are is no store's business.
package protocol StaffAccountStore: Sendable {
    /// False when the name or the e-mail is taken, disabled accounts included.
    func add(_ account: StaffAccount, password: String) async throws(StoreError) -> Bool

    /// All accounts, oldest first.
    func accounts() async throws(StoreError) -> [StaffAccount]

    /// What a sign-in with this e-mail is judged by; nil when there is no such account, disabled ones included.
    /// - Parameter device: the hash of what the browser keeps since an earlier sign-in.
    func login(email: String, device: [UInt8]?) async throws(StoreError) -> StaffLogin?

    /// Ends its sessions and forgets its devices; false when there is no such account that is not disabled.
    func disable(name: String, at now: Timestamp) async throws(StoreError) -> Bool

    /// Sets a password, lets a disabled account in again, and ends its sessions.
    /// - Parameters:
    ///   - mustChange: whoever signs in with it must choose another.
    ///   - keeping: the hash of the one session that goes on: its holder's own.
    /// - Returns: false when there is no such account.
    func setPassword(
        _ password: String, of name: String, mustChange: Bool, keeping: [UInt8]?
    ) async throws(StoreError) -> Bool

    /// False when there is no such account.
    func setPreferences(_ preferences: StaffPreferences, of name: String) async throws(StoreError) -> Bool
}

/// What a sign-in is judged by.
package struct StaffLogin: Sendable, Hashable {
    package let account: StaffAccount
    package let password: String
    /// Somebody signed in to this account from this browser before: strangers cannot slow it down.
    package let isKnownDevice: Bool

    package init(account: StaffAccount, password: String, isKnownDevice: Bool) {
        self.account = account
        self.password = password
        self.isKnownDevice = isKnownDevice
    }
}

/// Remembers who is signed in, by the SHA-256 of what the browser holds.
package protocol SessionStore: Sendable {
    /// Opens a session, ends the one that the browser had, and remembers the browser.
    /// - Parameters:
    ///   - verifiedBy: the password's text that the sign-in was checked against.
    ///   - device: the hash of what the browser will keep; remembered for 90 days, ten to an account.
    /// - Returns: false when the account was disabled or its password changed meanwhile: nobody is signed in.
    func openSession(
        _ hash: [UInt8], for name: String, verifiedBy password: String, replacing: [UInt8]?, device: [UInt8],
        at now: Timestamp
    ) async throws(StoreError) -> Bool

    /// The live session of that hash.
    /// - Parameter isUse: marks it as used; false for what a page asks by itself while nobody is there.
    func session(_ hash: [UInt8], at now: Timestamp, isUse: Bool) async throws(StoreError) -> StaffSession?

    /// Signs out; nothing happens when there is no such session.
    func endSession(_ hash: [UInt8]) async throws(StoreError)
}
