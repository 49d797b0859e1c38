import Fulfillment
import Orders
import TestSupport
import Testing

/// Stopping, and a store that fails.
@Suite(.timeLimit(.hanging))
struct RelayEndTests {
    @Test func stoppingLetsWhatIsInFlightFinishAndClaimsNoMore() async throws {
        let gate = Gate()
        let scene = try await RelayScene(Receiver { _, _ in Answer.ok.held(by: gate) }, concurrency: 2)
        let numbers = try await scene.place(3)
        try await scene.running {
            _ = await scene.house.requests(2)
            await scene.stop()
            // No further round: now it waits for what is in flight.
            await scene.clock.longSleeper(milliseconds: 15_500)
            gate.open()
            let settled = await scene.outbox.settled.first(2)
            #expect(settled.allSatisfy { $0.outcome == .delivered })
            var states: [DeliveryState] = []
            for number in numbers { states.append(try #require(try await scene.delivery(number)).state) }
            #expect(states.sorted { $0.rawValue < $1.rawValue } == [.delivered, .delivered, .pending])
        }
        #expect(scene.outbox.recorded.entries.last?.lastSuccessAt != nil)
    }

    @Test func stoppingWaitsNoLongerThanAnExchangeMayLast() async throws {
        let scene = try await RelayScene(Receiver { _, _ in .silence }, concurrency: 1)
        let number = try #require(try await scene.place().first)
        try await scene.running {
            _ = await scene.house.requests(1)
            await scene.stop()
            let before = scene.clock.uptimeMilliseconds
            await scene.clock.rush { scene.outbox.settled.entries.count == 1 }
            #expect(scene.clock.uptimeMilliseconds - before >= 15_500)
            let settled = try #require(scene.outbox.settled.entries.first)
            #expect(settled.attempt.error?.hasPrefix("cancelled") == true)
            guard case .retry(_, requestSent: true) = settled.outcome else {
                Issue.record("it was sent and is to be sent again: \(settled.outcome)")
                return
            }
            #expect(try await scene.delivery(number)?.state == .pending)
        }
    }

    @Test func aSettlementIsTriedUntilTheStoreTakesIt() async throws {
        let scene = try await RelayScene(Receiver(), concurrency: 1)
        scene.outbox.fail(.settle, times: 4)
        try await scene.running {
            let number = try #require(try await scene.place().first)
            _ = await scene.outbox.refused.first(1)
            await scene.clock.pass { scene.outbox.settled.entries.count == 1 }
            #expect(scene.outbox.refused.entries.count == 4)
            #expect(scene.house.log.entries.count == 1)
            #expect(try await scene.delivery(number)?.state == .delivered)
        }
    }

    @Test(arguments: [WatchedOutbox.Operation.recover, .endpoints, .record, .claim])
    func aStoreThatFailsIsAskedAgain(operation: WatchedOutbox.Operation) async throws {
        let scene = try await RelayScene(Receiver(), concurrency: 1)
        scene.outbox.fail(operation, times: 3)
        try await scene.place()
        try await scene.running {
            let before = scene.clock.uptimeMilliseconds
            await scene.clock.pass(stepMilliseconds: 50) { scene.outbox.settled.entries.count == 1 }
            #expect(scene.outbox.refused.entries.count == 3)
            // A tenth, two tenths and four tenths of a second.
            #expect(scene.clock.uptimeMilliseconds - before >= 700)
        }
    }
}
