import Synchronization

/// Slows guesses at one account down: five are free, then each must wait twice as long as the one before.
///
/// Nobody is locked out by a stranger: a browser in which the account was signed in to before has a count of its own
/// (`key`), and the longest wait is a minute. Kept in memory: a restart forgives.
final class SignInBrake: Sendable {
    private static let freeTries = 5
    private static let longestWaitSeconds: Int64 = 60
    /// A row of failures is forgotten after this long.
    private static let forgetMilliseconds: Int64 = 15 * 60 * 1000
    private static let keysAtMost = 10_000

    private struct Tries {
        var count = 0
        var lastAt: Int64
    }

    private let tries = Mutex<[String: Tries]>([:])

    /// Counts a try; it stays counted as a failure unless `succeeded` follows.
    /// - Returns: 0, or how many seconds it must wait; then it did not count.
    func begin(_ key: String, at now: Int64) -> Int64 {
        tries.withLock { tries in
            var mine = tries[key] ?? Tries(lastAt: now)
            if now - mine.lastAt > Self.forgetMilliseconds { mine.count = 0 }
            if mine.count >= Self.freeTries {
                let wait = min(Self.longestWaitSeconds, 1 << min(mine.count - Self.freeTries + 1, 10))
                let rest = mine.lastAt + wait * 1000 - now
                if rest > 0 { return (rest + 999) / 1000 }
            }
            if tries[key] == nil && tries.count >= Self.keysAtMost { Self.makeRoom(in: &tries, at: now) }
            mine.count += 1
            mine.lastAt = now
            tries[key] = mine
            return 0
        }
    }

    /// A flood of invented accounts must not wipe out what is known of the one that is guessed at: forgets the old, and
    /// then the half that tried least.
    private static func makeRoom(in tries: inout [String: Tries], at now: Int64) {
        tries = tries.filter { now - $0.value.lastAt <= forgetMilliseconds }
        guard tries.count >= keysAtMost else { return }
        let kept = tries.sorted { ($0.value.count, $0.value.lastAt) > ($1.value.count, $1.value.lastAt) }
        tries = Dictionary(uniqueKeysWithValues: kept.prefix(keysAtMost / 2).map { ($0.key, $0.value) })
    }

    func succeeded(_ key: String) { tries.withLock { $0[key] = nil } }
}
