/// Somebody is signed in, in one browser. Its secret is known to that browser alone; stores keep a hash of it.
package struct StaffSession: Sendable, Hashable {
    /// Without a request for this long it has ended.
    package static let idleSeconds: Int64 = 30 * 60
    /// After this long it has ended, used or not: a working day, no more.
    package static let longestSeconds: Int64 = 8 * 60 * 60
    /// Use is written down at most this often, so that not every look at a page is a write.
    package static let touchSeconds: Int64 = 60

    package let account: StaffAccount
    package let openedAt: Timestamp
    package let usedAt: Timestamp

    package init(account: StaffAccount, openedAt: Timestamp, usedAt: Timestamp) {
        self.account = account
        self.openedAt = openedAt
        self.usedAt = usedAt
    }

    package func isLive(at now: Timestamp) -> Bool {
        account.disabledAt == nil && now < usedAt.adding(seconds: Self.idleSeconds)
            && now < openedAt.adding(seconds: Self.longestSeconds)
    }

    package func needsTouch(at now: Timestamp) -> Bool { now >= usedAt.adding(seconds: Self.touchSeconds) }
}
