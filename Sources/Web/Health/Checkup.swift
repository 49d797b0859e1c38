import Fulfillment

/// One readiness check, run at most once a second and never twice at once, however many ask: the database's writes to
/// the disk, and one that hangs would pile up.
actor Checkup {
    private static let intervalMilliseconds: Int64 = 1000
    private static let answerWithinMilliseconds: Int64 = 2000

    nonisolated let name: String
    private let check: @Sendable () async -> CheckResult
    private let clock: any Clock
    private var latest: (startedAtUptime: Int64, task: Task<CheckResult, Never>)?
    private var isRunning = false

    init(_ check: NamedCheck, clock: any Clock) {
        name = check.name
        self.check = check.check
        self.clock = clock
    }

    /// Fails when the check takes longer than two seconds.
    func result() async -> CheckResult {
        let task = run()
        let result = try? await Deadline.result(
            of: { await task.value }, within: Self.answerWithinMilliseconds, clock: clock)
        return result ?? .fail("gave no answer within 2 s")
    }

    private func run() -> Task<CheckResult, Never> {
        let uptime = clock.uptimeMilliseconds
        if let latest, isRunning || uptime - latest.startedAtUptime < Self.intervalMilliseconds { return latest.task }
        isRunning = true
        let task = Task {
            let result = await check()
            isRunning = false
            return result
        }
        latest = (uptime, task)
        return task
    }
}
