/// When a delivery that failed is tried again.
package struct RetrySchedule: Sendable {
    /// The wait after the first attempt, after the second, and so on. 75 hours and more in all.
    package static let waitsSeconds: [Int64] = [
        5, 30, 2 * 60, 10 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600, 6 * 3600, 8 * 3600, 10 * 3600, 12 * 3600,
        14 * 3600, 18 * 3600,
    ]

    package static let attempts = waitsSeconds.count + 1

    /// - Parameters:
    ///   - attempt: the number of the attempt that failed, 1 for the first.
    ///   - jitter: 0…1; stretches the wait by up to a fifth, so that what failed together does not return together.
    /// - Returns: nil after the last attempt.
    package static func waitMilliseconds(afterAttempt attempt: Int, jitter: Double) -> Int64? {
        guard attempt <= waitsSeconds.count else { return nil }
        let wait = waitsSeconds[max(attempt, 1) - 1] * 1000
        return wait + Int64(Double(wait) * 0.2 * min(max(jitter, 0), 1))
    }
}
