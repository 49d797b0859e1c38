/// Waits between tries of something that fails: a tenth of a second, doubled up to five seconds.
struct Backoff: Sendable {
    private(set) var failures = 0

    /// The next wait.
    mutating func failed() -> Int64 {
        failures += 1
        return min(100 << Int64(min(failures - 1, 6)), 5000)
    }

    /// - Returns: true when there was a failure to recover from.
    mutating func succeeded() -> Bool {
        defer { failures = 0 }
        return failures > 0
    }
}
