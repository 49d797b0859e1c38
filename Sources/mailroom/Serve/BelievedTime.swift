import Orders

/// The wall clock for work that cannot be taken back: when it jumps ahead, it is not believed for a day, so that
/// somebody can set it right; meanwhile time goes on from where it was.
struct BelievedTime: Sendable {
    static let toleranceMilliseconds: Int64 = 3_600_000
    static let doubtMilliseconds: Int64 = 86_400_000

    /// What both clocks said when the wall clock was last believed.
    private var last: (wall: Timestamp, uptime: Int64)?
    private var doubtedSince: Int64?

    var isDoubtful: Bool { doubtedSince != nil }

    /// - Returns: what time it is, as far as it is believed.
    mutating func hear(wall: Timestamp, uptime: Int64) -> Timestamp {
        guard let last else {
            last = (wall, uptime)
            return wall
        }
        let expected = last.wall.adding(milliseconds: uptime - last.uptime)
        if wall.milliseconds - expected.milliseconds > Self.toleranceMilliseconds {
            let since = doubtedSince ?? uptime
            doubtedSince = since
            if uptime - since < Self.doubtMilliseconds { return expected }
        }
        doubtedSince = nil
        self.last = (wall, uptime)
        return wall
    }
}
