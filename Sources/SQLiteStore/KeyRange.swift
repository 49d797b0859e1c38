/// A part of all keys, and the direction in which it is walked.
struct KeyRange: Sendable {
    /// Inclusive.
    let lowest: Int64
    /// Exclusive.
    let end: Int64
    let isAscending: Bool

    var isUnbounded: Bool { lowest == 0 && end == .max }

    func contains(_ key: Int64) -> Bool { key >= lowest && key < end }

    /// The part on this side of a cursor, which is exclusive.
    func narrowed(after: Int64?, before: Int64?) -> KeyRange {
        KeyRange(
            lowest: max(lowest, after.map { $0 + 1 } ?? 0), end: min(end, before ?? .max), isAscending: isAscending)
    }

    func sorted(_ keys: Set<Int64>) -> [Int64] { isAscending ? keys.sorted() : keys.sorted(by: >) }

    /// Whether a walk meets `a` before `b`.
    func meets(_ a: Int64, before b: Int64) -> Bool { isAscending ? a < b : a > b }
}
