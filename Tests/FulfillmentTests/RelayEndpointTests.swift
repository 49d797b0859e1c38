import Fulfillment
import Orders
import Synchronization
import TestSupport
import Testing

/// What the relay learns of the endpoint.
@Suite(.timeLimit(.hanging))
struct RelayEndpointTests {
    @Test func retryAfterHoldsEveryOrder() async throws {
        let wait = Answer.status(503, headers: [("Retry-After", "100")])
        let scene = try await RelayScene(Receiver(script: [wait]), concurrency: 1)
        try await scene.running {
            try await scene.place()
            _ = await scene.outbox.settled.first(1)
            try await scene.place(2)
            await scene.pass { scene.outbox.settled.entries.count == 4 }
            let times = scene.signedAt
            #expect(times.dropFirst().allSatisfy { $0 - times[0] >= 100 })
        }
    }

    @Test func aHoldIsKeptForStaffAndForTheNextStart() async throws {
        let wait = Answer.status(429, headers: [("Retry-After", "100")])
        let scene = try await RelayScene(Receiver(script: [wait]), concurrency: 1)
        try await scene.running {
            try await scene.place()
            await scene.pass { scene.outbox.recorded.entries.contains { $0.holdUntil != nil } }
            let end = try #require(scene.outbox.recorded.entries.last?.holdUntil)
            #expect((99_000...100_000).contains(end.milliseconds - scene.clock.now.milliseconds))
        }
    }

    @Test func aHoldOfTheProcessBeforeGoesOn() async throws {
        let scene = try await RelayScene(Receiver(), concurrency: 1)
        var health = EndpointHealth(name: "fulfillment", url: scene.house.url)
        health.holdUntil = scene.clock.now.adding(seconds: 50)
        try await scene.store.record(health)
        try await scene.place()
        let start = scene.clock.now.seconds
        try await scene.running {
            await scene.pass { scene.outbox.settled.entries.count == 1 }
            #expect(scene.signedAt.allSatisfy { $0 - start >= 50 })
        }
    }

    @Test func resumingLiftsAHold() async throws {
        let wait = Answer.status(503, headers: [("Retry-After", "80000")])
        let scene = try await RelayScene(Receiver(script: [wait]), concurrency: 1)
        try await scene.running {
            try await scene.place()
            await scene.pass { scene.outbox.recorded.entries.contains { $0.holdUntil != nil } }
            try await scene.place()
            _ = try await scene.store.setPaused(false, endpoint: "fulfillment", at: scene.clock.now)
            let before = scene.clock.uptimeMilliseconds
            await scene.pass { scene.outbox.settled.entries.count == 2 }
            #expect(scene.clock.uptimeMilliseconds - before <= 3000)
        }
    }

    @Test func goneKeepsEverythingUntilStaffResumeIt() async throws {
        let scene = try await RelayScene(Receiver(script: [.status(410)]), concurrency: 1)
        try await scene.running {
            let number = try #require(try await scene.place().first)
            await scene.pass { scene.outbox.recorded.entries.contains { $0.pauses } }
            _ = await scene.outbox.settled.first(1)
            #expect(try await scene.endpoint()?.state == .paused)
            let later = try #require(try await scene.place().first)
            let rounds = scene.outbox.requests.entries.count
            await scene.pass { scene.outbox.requests.entries.count >= rounds + 20 }
            #expect(scene.house.log.entries.count == 1)
            #expect(try await scene.delivery(later)?.state == .pending)

            let isKnown = try await scene.store.setPaused(false, endpoint: "fulfillment", at: scene.clock.now)
            #expect(isKnown)
            await scene.pass { scene.outbox.settled.entries.count == 3 }
            #expect(try await scene.endpoint()?.state == .active)
            let delivery = try #require(try await scene.delivery(number))
            #expect(delivery.state == .delivered)
            #expect(delivery.attempts.map(\.status) == [410, 200])
        }
    }

    @Test func whileTheHouseIsDownOnlyProbesGoAndThenEverythingIsWoken() async throws {
        let answers = House(isUp: false)
        let scene = try await RelayScene(Receiver { _, _ in answers.answer() }, concurrency: 1)
        try await scene.place(8)
        try await scene.running {
            await scene.pass { scene.outbox.recorded.entries.contains { $0.isDown } }
            let before = scene.outbox.claims.entries.count
            await scene.pass { scene.outbox.claims.entries.count >= before + 8 }
            _ = await scene.outbox.settled.first(before + 8)
            let probes = scene.outbox.claims.entries.dropFirst(before)
            #expect(probes.allSatisfy { $0.isProbe })
            #expect(Set(probes.map(\.id)).count == 8, "probes go round")
            let times = scene.signedAt
            #expect(zip(times.dropFirst(before), times.dropFirst(before + 1)).allSatisfy { $1 - $0 >= 29 })
            let down = try await scene.endpoint()
            #expect(down?.state == .down)
            #expect(scene.outbox.wakes.entries.isEmpty)

            answers.rise()
            let failed = scene.outbox.settled.entries.count
            await scene.pass { scene.outbox.settled.entries.count == failed + 8 }
            #expect(scene.outbox.wakes.entries.count == 1)
            #expect(scene.outbox.settled.entries.suffix(8).allSatisfy { $0.outcome == .delivered })
            #expect(scene.outbox.settled.entries.allSatisfy { $0.claim.attempt <= 2 }, "probes use nothing up")
            let up = try await scene.endpoint()
            #expect(up?.state == .active)
        }
    }

    @Test func anEndpointThatWasDownIsProbedFirstAfterAStart() async throws {
        let scene = try await RelayScene(Receiver(), concurrency: 4)
        try await scene.place(3)
        var health = EndpointHealth(name: "fulfillment", url: scene.house.url)
        health.isDown = true
        health.failuresInARow = 7
        try await scene.store.record(health)
        try await scene.running {
            await scene.pass { scene.outbox.settled.entries.count == 3 }
            #expect(scene.outbox.claims.entries.map(\.isProbe) == [true, false, false])
            #expect(scene.outbox.wakes.entries.count == 1)
        }
    }

    @Test func dueTimesFollowTheWallClock() async throws {
        let scene = try await RelayScene(Receiver(script: [.status(500)]), concurrency: 1)
        try await scene.running {
            try await scene.place()
            _ = await scene.outbox.settled.first(1)
            scene.clock.jumpWall(milliseconds: -3_600_000)
            await scene.pass { scene.outbox.settled.entries.count == 2 }
            #expect(scene.outbox.shifts.entries == [-3_600_000])
            let attempts = scene.outbox.settled.entries.map(\.attempt.startedAt)
            #expect(attempts[1] < attempts[0], "sent by the new time, not an hour later")
        }
    }
}

/// Down until it rises.
private final class House: Sendable {
    private let isUp: Atomic<Bool>

    init(isUp: Bool) { self.isUp = Atomic(isUp) }

    func rise() { isUp.store(true, ordering: .releasing) }

    func answer() -> Answer { isUp.load(ordering: .acquiring) ? .ok : .status(502) }
}
