import Fulfillment
import Testing

struct RetryScheduleTests {
    @Test func fifteenAttemptsLastAtLeastSeventyFiveHours() {
        let waits = (1..<RetrySchedule.attempts).compactMap {
            RetrySchedule.waitMilliseconds(afterAttempt: $0, jitter: 0)
        }
        #expect(RetrySchedule.attempts == 15)
        #expect(
            waits.map { $0 / 1000 } == [
                5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 28_800, 36_000, 43_200, 50_400, 64_800,
            ])
        #expect(waits.reduce(0, +) >= 75 * 3600 * 1000)
        #expect(RetrySchedule.waitMilliseconds(afterAttempt: 15, jitter: 0) == nil)
        #expect(RetrySchedule.waitMilliseconds(afterAttempt: 99, jitter: 0) == nil)
    }

    @Test func jitterStretchesByAFifthAtMostAndNeverShortens() {
        for attempt in 1...14 {
            let plain = RetrySchedule.waitsSeconds[attempt - 1] * 1000
            for _ in 0..<200 {
                let jitter = Double.random(in: 0...1)
                let wait = RetrySchedule.waitMilliseconds(afterAttempt: attempt, jitter: jitter) ?? -1
                #expect((plain...plain + plain / 5).contains(wait), "attempt \(attempt), jitter \(jitter)")
            }
            #expect(RetrySchedule.waitMilliseconds(afterAttempt: attempt, jitter: 1) == plain + plain / 5)
            #expect(RetrySchedule.waitMilliseconds(afterAttempt: attempt, jitter: -3) == plain)
            #expect(RetrySchedule.waitMilliseconds(afterAttempt: attempt, jitter: 3) == plain + plain / 5)
        }
    }

    @Test func noStepIsLongerThanADay() {
        let last = RetrySchedule.waitMilliseconds(afterAttempt: 14, jitter: 1) ?? .max
        #expect(last <= 24 * 3600 * 1000)
    }
}
