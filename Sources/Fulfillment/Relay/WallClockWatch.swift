/// Notices when the wall clock was set: it then moved by something else than the time that passed.
package struct WallClockWatch: Sendable {
    /// Less than this is the slewing of a time service.
    private static let toleranceMilliseconds: Int64 = 2000

    private var wall: Int64
    private var uptime: Int64

    package init(wallMilliseconds: Int64, uptimeMilliseconds: Int64) {
        wall = wallMilliseconds
        uptime = uptimeMilliseconds
    }

    /// - Returns: by how many milliseconds the wall clock jumped since the last call; 0 when it did not.
    package mutating func jump(wallMilliseconds: Int64, uptimeMilliseconds: Int64) -> Int64 {
        let difference = (wallMilliseconds - wall) - (uptimeMilliseconds - uptime)
        wall = wallMilliseconds
        uptime = uptimeMilliseconds
        return abs(difference) > Self.toleranceMilliseconds ? difference : 0
    }
}
