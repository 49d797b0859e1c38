import Synchronization

/// What every address still may, as one number each: the time at which its allowance will be whole again.
final class Allowances: Sendable {
    struct Key: Hashable {
        let rule: Int
        let address: ClientAddress
    }

    struct Verdict {
        let isAllowed: Bool
        let remaining: Int
        /// Until the next request is allowed, or until the allowance is whole again.
        let waitMilliseconds: Int64
    }

    static let addressesAtMost = 50_000
    private static let windowMilliseconds: Int64 = 60_000

    private let wholeAt = Mutex<[Key: Int64]>([:])

    var count: Int { wholeAt.withLock { $0.count } }

    /// Takes one, if there is one.
    func take(_ key: Key, perMinute: Int, at now: Int64) -> Verdict { judge(key, perMinute, now, takes: true) }

    /// What `take` would say.
    func look(_ key: Key, perMinute: Int, at now: Int64) -> Verdict { judge(key, perMinute, now, takes: false) }

    private func judge(_ key: Key, _ perMinute: Int, _ now: Int64, takes: Bool) -> Verdict {
        let window = Self.windowMilliseconds
        let cost = max(1, window / Int64(perMinute))
        return wholeAt.withLock { wholeAt in
            let known = wholeAt[key]
            let before = max(known ?? now, now)
            let after = before + cost
            guard after - now <= window else {
                return Verdict(isAllowed: false, remaining: 0, waitMilliseconds: after - now - window)
            }
            guard takes else {
                return Verdict(
                    isAllowed: true, remaining: Int((window - (before - now)) / cost), waitMilliseconds: before - now)
            }
            if known == nil && wholeAt.count >= Self.addressesAtMost { Self.makeRoom(in: &wholeAt, at: now) }
            wholeAt[key] = after
            return Verdict(
                isAllowed: true, remaining: Int((window - (after - now)) / cost), waitMilliseconds: after - now)
        }
    }

    /// A flood of addresses must neither fill the memory nor wipe out what is known of those who ask again and again:
    /// forgets whoever has nothing to make good, and then the half that has least.
    private static func makeRoom(in wholeAt: inout [Key: Int64], at now: Int64) {
        wholeAt = wholeAt.filter { $0.value > now }
        guard wholeAt.count >= addressesAtMost else { return }
        let middle = wholeAt.values.sorted()[addressesAtMost / 2]
        wholeAt = wholeAt.filter { $0.value > middle }
    }
}
