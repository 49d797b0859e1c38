import Orders

/// What time it is, by what callers said last: the store does not ask the clock.
///
/// What is forgotten cannot be brought back, so the earliest of several counts: an order placed while the clock ran
/// ahead says nothing by itself.
struct ToldTimes: Sendable {
    static let enough = 8

    private var latest: [Timestamp] = []

    mutating func hear(_ time: Timestamp) {
        if latest.count == Self.enough { latest.removeFirst() }
        latest.append(time)
    }

    /// Nil until enough callers said theirs.
    var agreed: Timestamp? { latest.count == Self.enough ? latest.min() : nil }
}
