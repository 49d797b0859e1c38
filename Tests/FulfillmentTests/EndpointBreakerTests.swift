import Fulfillment
import Orders
import Testing

struct EndpointBreakerTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)
    private let health = EndpointHealth(name: "fulfillment", url: "http://127.0.0.1:1/")

    private func decision(
        _ verdict: EndpointVerdict, holdMilliseconds: Int64? = nil, pauses: Bool = false
    ) -> DeliveryDecision {
        DeliveryDecision(
            outcome: .delivered, verdict: verdict, holdMilliseconds: holdMilliseconds, pausesEndpoint: pauses,
            status: nil, error: nil)
    }

    private func breaker(after verdicts: [EndpointVerdict], uptime: Int64 = 0) -> EndpointBreaker {
        var breaker = EndpointBreaker(health, at: now, uptime: 0)
        for verdict in verdicts { breaker.note(decision(verdict), at: now, uptime: uptime) }
        return breaker
    }

    @Test func fiveFailuresInARowMeanDown() {
        #expect(!breaker(after: Array(repeating: .down, count: 4)).isDown)
        #expect(breaker(after: Array(repeating: .down, count: 5)).isDown)
    }

    @Test(arguments: [EndpointVerdict.success, .up])
    func anyAnswerBreaksTheRow(verdict: EndpointVerdict) {
        #expect(!breaker(after: [.down, .down, .down, .down, verdict, .down, .down, .down, .down]).isDown)
        #expect(!breaker(after: Array(repeating: .down, count: 7) + [verdict]).isDown)
    }

    @Test func aFailureOfOursSaysNothing() {
        #expect(!breaker(after: Array(repeating: .unknown, count: 9)).isDown)
        #expect(breaker(after: [.down, .down, .unknown, .down, .down, .unknown, .down]).isDown)
    }

    @Test func whileDownOneProbeGoesEveryThirtySeconds() {
        var breaker = breaker(after: Array(repeating: .down, count: 5), uptime: 1000)
        #expect(breaker.turn(uptime: 1000) == .wait(untilUptime: 31_000))
        #expect(breaker.turn(uptime: 30_999) == .wait(untilUptime: 31_000))
        #expect(breaker.turn(uptime: 31_000) == .probe)
        // Nothing to probe with: it may go as soon as there is.
        #expect(breaker.turn(uptime: 90_000) == .probe)
        breaker.probeStarted(uptime: 90_000)
        #expect(breaker.turn(uptime: 119_999) == .wait(untilUptime: 120_000))
        breaker.note(decision(.down), at: now, uptime: 95_000)
        #expect(breaker.turn(uptime: 95_000) == .wait(untilUptime: 120_000))
        breaker.note(decision(.success), at: now, uptime: 120_500)
        #expect(breaker.turn(uptime: 120_500) == .claim)
    }

    @Test func whatWasDownBeforeTheStartIsProbedAtOnce() {
        var down = health
        down.isDown = true
        down.failuresInARow = 9
        var breaker = EndpointBreaker(down, at: now, uptime: 500)
        #expect(breaker.turn(uptime: 500) == .probe)
        breaker.probeStarted(uptime: 500)
        #expect(breaker.turn(uptime: 501) == .wait(untilUptime: 30_500))
        breaker.note(decision(.success), at: now, uptime: 600)
        #expect(breaker.shouldWake)
    }

    @Test func theFirstSuccessWakesWhatWaitsOnce() {
        var breaker = breaker(after: Array(repeating: .down, count: 5))
        #expect(!breaker.shouldWake)
        breaker.note(decision(.up), at: now, uptime: 1)
        #expect(breaker.turn(uptime: 1) == .claim)
        #expect(!breaker.shouldWake, "a sign of life is no success")
        breaker.note(decision(.success), at: now, uptime: 2)
        #expect(breaker.shouldWake)
        breaker.woke()
        breaker.note(decision(.success), at: now, uptime: 3)
        #expect(!breaker.shouldWake)
    }

    @Test func aSuccessWithoutABreakdownWakesNobody() {
        #expect(!breaker(after: [.down, .down, .success]).shouldWake)
    }

    @Test func aHoldStopsEverythingUntilItsEnd() {
        var breaker = EndpointBreaker(health, at: now, uptime: 0)
        breaker.note(decision(.down, holdMilliseconds: 60_000), at: now, uptime: 1000)
        breaker.note(decision(.down, holdMilliseconds: 5000), at: now, uptime: 2000)
        breaker.note(decision(.success), at: now, uptime: 3000)
        #expect(breaker.turn(uptime: 60_999) == .wait(untilUptime: 61_000))
        #expect(breaker.turn(uptime: 61_000) == .claim)
        for _ in 1...5 { breaker.note(decision(.down, holdMilliseconds: 90_000), at: now, uptime: 100_000) }
        #expect(breaker.turn(uptime: 150_000) == .wait(untilUptime: 190_000), "probes wait as well")
        #expect(breaker.turn(uptime: 190_000) == .probe)
    }

    @Test func aHoldIsToldAtOnceAndItsEndOnceItIsOver() throws {
        var breaker = EndpointBreaker(health, at: now, uptime: 0)
        breaker.recorded(try #require(breaker.unrecorded(uptime: 0)), uptime: 0)
        breaker.note(decision(.down, holdMilliseconds: 60_000), at: now, uptime: 10)
        let told = try #require(breaker.unrecorded(uptime: 10))
        #expect(told.holdUntil == now.adding(seconds: 60))
        breaker.recorded(told, uptime: 10)
        #expect(breaker.unrecorded(uptime: 5000) == nil)
        breaker.passTime(uptime: 60_009)
        #expect(breaker.unrecorded(uptime: 60_009) == nil)
        breaker.passTime(uptime: 60_010)
        let over = try #require(breaker.unrecorded(uptime: 60_010))
        #expect(over.holdUntil == nil)
    }

    @Test(arguments: [(1000, 1000), (-1, 0), (0, 0), (90_000_000, 86_400_000)] as [(Int64, Int64)])
    func aHoldOfAnEarlierProcessGoesOnForADayAtMost(left: Int64, expected: Int64) {
        var held = health
        held.holdUntil = now.adding(milliseconds: left)
        let breaker = EndpointBreaker(held, at: now, uptime: 500)
        #expect(breaker.turn(uptime: 500) == (expected > 0 ? .wait(untilUptime: 500 + expected) : .claim))
        #expect(breaker.holdUntil == (expected > 0 ? now.adding(milliseconds: expected) : nil))
    }

    @Test func onlyAHoldThatTheStoreHadIsLiftedWhenItIsGoneFromThere() throws {
        var breaker = EndpointBreaker(health, at: now, uptime: 0)
        breaker.note(decision(.down, holdMilliseconds: 60_000), at: now, uptime: 0)
        let wasLiftedTooSoon = breaker.holdIsGoneFromStore()
        #expect(!wasLiftedTooSoon)
        #expect(breaker.turn(uptime: 1) == .wait(untilUptime: 60_000))
        breaker.recorded(try #require(breaker.unrecorded(uptime: 1)), uptime: 1)
        // A longer one came meanwhile, and the store does not know it yet.
        breaker.note(decision(.down, holdMilliseconds: 90_000), at: now, uptime: 2)
        #expect(!breaker.isHoldKeptByStore)
        breaker.recorded(try #require(breaker.unrecorded(uptime: 3)), uptime: 3)
        let wasLifted = breaker.holdIsGoneFromStore()
        #expect(wasLifted)
        #expect(breaker.turn(uptime: 4) == .claim)
        #expect(breaker.holdUntil == nil)
    }

    @Test func aHoldOutlivesAJumpOfTheWallClock() throws {
        var breaker = EndpointBreaker(health, at: now, uptime: 0)
        breaker.note(decision(.down, holdMilliseconds: 60_000), at: now, uptime: 0)
        breaker.recorded(try #require(breaker.unrecorded(uptime: 0)), uptime: 0)
        breaker.wallClockJumped(milliseconds: -3_600_000)
        #expect(breaker.turn(uptime: 59_999) == .wait(untilUptime: 60_000))
        #expect(breaker.unrecorded(uptime: 1)?.holdUntil == now.adding(milliseconds: 60_000 - 3_600_000))
    }

    @Test func aPauseIsToldOnceAndNothingGoesBefore() throws {
        var breaker = EndpointBreaker(health, at: now, uptime: 0)
        breaker.note(decision(.up, pauses: true), at: now, uptime: 10)
        #expect(breaker.turn(uptime: 10) == .wait(untilUptime: 1010))
        let told = try #require(breaker.unrecorded(uptime: 10))
        #expect(told.pauses)
        breaker.recorded(told, uptime: 10)
        // From here on the store says whether it is paused: staff may have resumed it.
        #expect(breaker.turn(uptime: 11) == .claim)
        breaker.note(decision(.success), at: now, uptime: 20)
        #expect(breaker.unrecorded(uptime: 5000)?.pauses == false)
    }

    @Test func aChangeOfStateIsToldAtOnceAndTheRestOnceASecond() throws {
        var breaker = EndpointBreaker(health, at: now, uptime: 0)
        breaker.recorded(try #require(breaker.unrecorded(uptime: 0)), uptime: 0)
        #expect(breaker.unrecorded(uptime: 99_000) == nil)
        breaker.note(decision(.success), at: now, uptime: 400)
        #expect(breaker.unrecorded(uptime: 999) == nil)
        #expect(breaker.unrecorded(uptime: 999, isLast: true)?.lastSuccessAt == now)
        #expect(breaker.unrecorded(uptime: 1000)?.lastSuccessAt == now)
        breaker.recorded(try #require(breaker.unrecorded(uptime: 1000)), uptime: 1000)
        for _ in 1...5 { breaker.note(decision(.down), at: now, uptime: 1100) }
        let down = try #require(breaker.unrecorded(uptime: 1100))
        #expect(down.isDown)
        #expect(down.failuresInARow == 5)
        // What changes while the store writes is still to be told.
        breaker.note(decision(.success), at: now, uptime: 1150)
        breaker.recorded(down, uptime: 1150)
        #expect(breaker.unrecorded(uptime: 1151)?.isDown == false)
    }
}
