import Orders
import Testing

extension StoreConformance {
    static var staffCases: [Case] {
        [
            Case("an account is found by its e-mail, and its name and e-mail serve once") {
                try await $0.accountsAreUnique()
            },
            Case("a session ends when it is idle, old, or signed out") { try await $0.sessionsEnd() },
            Case("a sign-in replaces the browser's session") { try await $0.signInReplaces() },
            Case("a disabled account has no session and gets none") { try await $0.disabledHasNone() },
            Case("a new password ends every session but the holder's own") { try await $0.newPasswordEndsSessions() },
            Case("a password that changed meanwhile opens nothing") { try await $0.changedPasswordOpensNothing() },
            Case("a browser is known to the account it signed in to, and to no other") {
                try await $0.devicesAreKnown()
            },
            Case("preferences stay with the account") { try await $0.preferencesStay() },
        ]
    }

    private static func hash(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

    @discardableResult
    private func account(_ name: String, _ role: StaffRole = .staff) async throws -> StaffAccount {
        let account = StaffAccount(name: name, email: "\(name)@example.org", role: role, createdAt: Self.now)
        guard try await store.add(account, password: "hash of \(name)") else { throw Unexpected("not added") }
        return account
    }

    private func open(
        _ byte: UInt8, for name: String, replacing: [UInt8]? = nil, device: UInt8 = 200, at now: Timestamp = now
    ) async throws -> Bool {
        try await store.openSession(
            Self.hash(byte), for: name, verifiedBy: "hash of \(name)", replacing: replacing,
            device: Self.hash(device), at: now)
    }

    private func session(_ byte: UInt8, at now: Timestamp, isUse: Bool = true) async throws -> StaffSession? {
        try await store.session(Self.hash(byte), at: now, isUse: isUse)
    }

    private func accountsAreUnique() async throws {
        let kim = try await account("kim", .admin)
        let login = try await store.login(email: "kim@example.org", device: nil)
        #expect(login == StaffLogin(account: kim, password: "hash of kim", isKnownDevice: false))
        #expect(try await store.login(email: "KIM@example.org", device: nil) == nil)
        for (name, email) in [("kim", "other@example.org"), ("other", "kim@example.org")] {
            let twin = StaffAccount(name: name, email: email, role: .viewer, createdAt: Self.now)
            #expect(try await store.add(twin, password: "x") == false)
        }
        let lee = try await account("lee", .viewer)
        #expect(try await store.accounts() == [kim, lee])
    }

    private func sessionsEnd() async throws {
        let kim = try await account("kim")
        #expect(try await open(1, for: "kim"))
        #expect(try await session(1, at: Self.now)?.account == kim)
        #expect(try await session(2, at: Self.now) == nil)
        // Used now and then it lives on, but not beyond its longest life.
        var time: Int64 = 0
        while time + 1500 < StaffSession.longestSeconds {
            time += 1500
            #expect(try await session(1, at: Self.later(time)) != nil, "\(time)")
        }
        #expect(try await session(1, at: Self.later(StaffSession.longestSeconds)) == nil)
        #expect(try await open(3, for: "kim", at: Self.later(time)))
        let idle = time + StaffSession.idleSeconds
        #expect(try await session(3, at: Self.later(idle - 1)) != nil)
        #expect(try await open(4, for: "kim", at: Self.later(idle)))
        #expect(try await session(4, at: Self.later(idle + StaffSession.idleSeconds)) == nil)
        #expect(try await session(4, at: Self.later(idle + 1)) != nil)
        // What a page asks by itself keeps nobody signed in.
        #expect(try await session(4, at: Self.later(idle + 1500), isUse: false) != nil)
        #expect(try await session(4, at: Self.later(idle + 1 + StaffSession.idleSeconds), isUse: false) == nil)
        try await store.endSession(Self.hash(4))
        #expect(try await session(4, at: Self.later(idle + 1)) == nil)
        try await store.endSession(Self.hash(4))
    }

    private func signInReplaces() async throws {
        try await account("kim")
        try await account("lee")
        #expect(try await open(1, for: "kim"))
        #expect(try await open(2, for: "lee", replacing: Self.hash(1)))
        #expect(try await session(1, at: Self.now) == nil)
        #expect(try await session(2, at: Self.now)?.account.name == "lee")
    }

    private func disabledHasNone() async throws {
        try await account("kim")
        #expect(try await open(1, for: "kim"))
        #expect(try await store.disable(name: "kim", at: Self.later(5)))
        #expect(try await store.disable(name: "kim", at: Self.later(5)) == false)
        #expect(try await store.disable(name: "nobody", at: Self.later(5)) == false)
        #expect(try await session(1, at: Self.now) == nil)
        #expect(try await open(2, for: "kim") == false)
        #expect(try await store.accounts().map(\.disabledAt) == [Self.later(5)])
        #expect(try await store.login(email: "kim@example.org", device: Self.hash(200))?.isKnownDevice == false)
        #expect(try await store.setPassword("hash of kim", of: "kim", mustChange: true, keeping: nil))
        #expect(try await open(3, for: "kim"))
        #expect(try await session(3, at: Self.now)?.account.mustChangePassword == true)
    }

    private func newPasswordEndsSessions() async throws {
        try await account("kim")
        try await account("lee")
        for byte: UInt8 in 1...3 { #expect(try await open(byte, for: "kim")) }
        #expect(try await open(4, for: "lee"))
        #expect(try await store.setPassword("new", of: "kim", mustChange: false, keeping: Self.hash(2)))
        let live = [1, 2, 3, 4].map { UInt8($0) }
        var alive: [UInt8] = []
        for byte in live where try await session(byte, at: Self.now) != nil { alive.append(byte) }
        #expect(alive == [2, 4])
        #expect(try await store.setPassword("x", of: "nobody", mustChange: false, keeping: nil) == false)
    }

    private func changedPasswordOpensNothing() async throws {
        try await account("kim")
        #expect(try await store.setPassword("new", of: "kim", mustChange: false, keeping: nil))
        #expect(try await open(1, for: "kim") == false)
        #expect(try await session(1, at: Self.now) == nil)
    }

    private func devicesAreKnown() async throws {
        try await account("kim")
        try await account("lee")
        func isKnown(_ device: UInt8, to name: String) async throws -> Bool? {
            try await store.login(email: "\(name)@example.org", device: Self.hash(device))?.isKnownDevice
        }
        #expect(try await open(1, for: "kim", device: 10))
        #expect(try await isKnown(10, to: "kim") == true)
        #expect(try await isKnown(10, to: "lee") == false)
        #expect(try await isKnown(11, to: "kim") == false)
        // The eleventh browser pushes out the one that was used longest ago.
        for number: UInt8 in 11...20 {
            #expect(try await open(number, for: "kim", device: number, at: Self.later(Int64(number))))
        }
        #expect(try await isKnown(10, to: "kim") == false)
        #expect(try await isKnown(20, to: "kim") == true)
    }

    private func preferencesStay() async throws {
        try await account("kim")
        var preferences = StaffPreferences()
        preferences.hasShortcuts = true
        preferences.rowsPerPage = 100
        preferences.view = .toSend
        #expect(try await store.setPreferences(preferences, of: "kim"))
        #expect(try await store.setPreferences(preferences, of: "nobody") == false)
        #expect(try await store.accounts().map(\.preferences) == [preferences])
    }
}
