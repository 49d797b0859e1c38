import Foundation
import Fulfillment
import Logging
import Orders
import ServiceLifecycle

/// Forgets people when their time is over: once at the start and every night at three, and overwrites what was erased on
/// request soon after. Its log says how many, never who.
struct Eraser: Service, CustomStringConvertible {
    let store: any PrivacyStore
    let rule: RetentionRule
    let clock: any Clock
    let logger: Logger
    private let calendar: Calendar

    var description: String { "eraser" }

    /// How often it looks at the clock: a night's round is late by so much at most when the clock was set.
    private static let lookMilliseconds: Int64 = 3_600_000
    /// Several orders erased on request are overwritten together.
    private static let gatherMilliseconds: Int64 = 2000
    private static let hour = 3

    init(store: any PrivacyStore, rule: RetentionRule, timeZone: String, clock: any Clock, logger: Logger) {
        self.store = store
        self.rule = rule
        self.clock = clock
        self.logger = logger
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: timeZone) ?? .gmt
        self.calendar = calendar
    }

    private enum Reason: Sendable {
        case look
        case erasedOnRequest
    }

    /// What is to be done when.
    private struct Plan {
        var time = BelievedTime()
        /// Nil: now.
        var nextRound: Timestamp?
        var mustScrub = false
        var warnedOfClock = false
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let (reasons, reason) = AsyncStream.makeStream(of: Reason.self)
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in store.erasures() { reason.yield(.erasedOnRequest) }
                }
                group.addTask {
                    repeat {
                        reason.yield(.look)
                    } while (try? await clock.wait(milliseconds: Self.lookMilliseconds)) != nil
                    reason.finish()
                }
                await warnOfOldFile()
                var plan = Plan()
                for await next in reasons where !Task.isCancelled { await follow(&plan, next) }
                group.cancelAll()
            }
        }
    }

    private func follow(_ plan: inout Plan, _ reason: Reason) async {
        if reason == .erasedOnRequest {
            plan.mustScrub = true
            try? await clock.wait(milliseconds: Self.gatherMilliseconds)
        }
        let now = plan.time.hear(wall: clock.now, uptime: clock.uptimeMilliseconds)
        warnOfClock(&plan)
        do {
            if plan.nextRound.map({ $0 <= now }) ?? true {
                try await round(at: now)
                plan.nextRound = night(after: now)
                plan.mustScrub = true
            }
            if plan.mustScrub { plan.mustScrub = try await !scrub(at: now) }
        } catch {
            // The next look finds what is left.
            if !Task.isCancelled {
                logger.warning("erasing was interrupted", metadata: ["why": "\(Self.words(for: error))"])
            }
        }
    }

    private func round(at now: Timestamp) async throws(StoreError) {
        let round = try await store.eraseDue(by: rule, at: now)
        logger.info(
            "people forgotten",
            metadata: [
                "orders": "\(round.orders)", "postponed": "\(round.postponed)", "messages": "\(round.messages)",
            ])
    }

    /// - Returns: whether there is nothing more to do about it now.
    private func scrub(at now: Timestamp) async throws(StoreError) -> Bool {
        guard try await store.retention(by: rule, at: now).hasRemains else { return true }
        switch try await store.scrub(whole: false, at: now) {
        case .nothingLeft:
            logger.info("what was erased is overwritten")
            return true
        case .fileTooLarge:
            logger.warning(
                """
                what was erased may still be found in unused parts of the database file, which is too large to be \
                rewritten while the service runs; stop it in a quiet hour and run: mailroom retention run
                """)
            return true
        case .logInUse:
            logger.warning("a reader keeps the log of the database open; what was erased is overwritten later")
            return false
        }
    }

    /// A file that was restored from a backup holds people whose time was over long ago.
    private func warnOfOldFile() async {
        guard let report = try? await store.retention(by: rule, at: clock.now), report.overdue > 0 else { return }
        logger.warning(
            "the database holds people past their time, as a restored backup does; they are erased now",
            metadata: ["orders": "\(report.due)"])
    }

    private func warnOfClock(_ plan: inout Plan) {
        if plan.time.isDoubtful, !plan.warnedOfClock {
            logger.warning("the clock jumped ahead; for a day nothing is erased by what it says")
        }
        plan.warnedOfClock = plan.time.isDoubtful
    }

    private func night(after time: Timestamp) -> Timestamp {
        let now = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        let night = calendar.nextDate(after: now, matching: DateComponents(hour: Self.hour), matchingPolicy: .nextTime)
        guard let night else { return time.adding(days: 1) }
        return Timestamp(milliseconds: Int64(night.timeIntervalSince1970 * 1000))
    }

    private static func words(for error: any Error) -> String {
        switch error as? StoreError {
        case .unavailable(let reason): reason
        case .corrupt(let detail): detail
        case .cancelled, nil: "cancelled"
        }
    }
}
