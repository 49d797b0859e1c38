/// Forgets people: by the rule, on request, and for good.
///
/// What is erased is gone from every answer with its commit. What SQLite and the search index still hold of it in parts
/// that nobody reads any more is overwritten by `scrub`.
package protocol PrivacyStore: Sendable {
    /// Erases one order on request; one that was erased before is answered as it is.
    /// - Parameter force: although it is still under way.
    func erase(
        _ number: OrderNumber, force: Bool, by actor: Actor, at now: Timestamp, ifMatch: [String]?
    ) async throws(StoreError) -> ActionOutcome

    /// Erases everything that is due, a little in each commit and preferably when nobody else waits to write. Ends early,
    /// with `cancelled`, when the calling task is cancelled; what was erased by then stays so.
    func eraseDue(by rule: RetentionRule, at now: Timestamp) async throws(StoreError) -> ErasedRound

    /// Overwrites what was erased before the call wherever the file still holds it.
    /// - Parameter whole: rewrites the file however large it is, which keeps every writer waiting meanwhile.
    func scrub(whole: Bool, at now: Timestamp) async throws(StoreError) -> Scrubbing

    /// What is due and what was done last.
    func retention(by rule: RetentionRule, at now: Timestamp) async throws(StoreError) -> RetentionReport

    /// Yields after orders were erased on request, so that somebody scrubs. May be repeated.
    func erasures() -> AsyncStream<Void>
}

/// What one round of erasing did.
package struct ErasedRound: Sendable, Hashable {
    package var orders = 0
    /// Orders whose delivery was being tried: left for the next round.
    package var postponed = 0
    /// Kept messages of the house.
    package var messages = 0

    package init() {}
}

/// What is left in the file of what was erased.
package enum Scrubbing: Sendable, Hashable {
    case nothingLeft
    /// The search index is clean, but unused parts of pages may hold some: the file is too large to be rewritten while
    /// others wait.
    case fileTooLarge
    /// A reader kept the log of commits open; try again.
    case logInUse
}

/// Holds no personal data.
package struct RetentionReport: Sendable, Hashable {
    /// Orders that still hold a person although their time is over.
    package let due: Int
    /// Those among them that have been due for more than two days: a file that was restored, or a service that slept.
    package let overdue: Int
    /// When the next order falls due; nil when something is due now, or none ever will.
    package let nextDueAt: Timestamp?
    package let lastRoundAt: Timestamp?
    /// Orders that the last round erased.
    package let lastErased: Int
    /// When last everything erased was overwritten in the file.
    package let lastScrubAt: Timestamp?
    /// Something erased since may still be found in unused parts of the file.
    package let hasRemains: Bool

    package init(
        due: Int, overdue: Int, nextDueAt: Timestamp?, lastRoundAt: Timestamp?, lastErased: Int,
        lastScrubAt: Timestamp?, hasRemains: Bool
    ) {
        self.due = due
        self.overdue = overdue
        self.nextDueAt = nextDueAt
        self.lastRoundAt = lastRoundAt
        self.lastErased = lastErased
        self.lastScrubAt = lastScrubAt
        self.hasRemains = hasRemains
    }
}
