import Fulfillment
import Orders
import TestSupport
import Testing

/// What becomes of single deliveries.
@Suite(.timeLimit(.hanging))
struct RelayDeliveryTests {
    @Test func anOrderIsSentSignedAndThenSubmitted() async throws {
        let scene = try await RelayScene(Receiver())
        try await scene.running {
            let number = try #require(try await scene.place().first)
            let settled = try #require(await scene.outbox.settled.first(1).first)
            let request = try #require(await scene.house.requests(1).first)

            let verified = WebhookVerifier(secrets: [scene.secret]).verify(
                id: request.header("webhook-id"), timestamp: request.header("webhook-timestamp"),
                signature: request.header("webhook-signature"), body: request.body, at: scene.clock.now)
            #expect(try verified.get().id == settled.claim.id.description)
            #expect(request.header("content-type") == "application/json")
            #expect(request.body == settled.claim.payload)
            #expect(String(decoding: request.body, as: UTF8.self).contains(number.description))

            let delivery = try #require(try await scene.delivery(number))
            #expect(delivery.state == .delivered)
            #expect(delivery.attempts.map(\.status) == [200])
            #expect(delivery.attempts.map(\.error) == [nil])
            let order = try await scene.store.order(number)
            #expect(order?.status == .submitted)
            #expect(scene.relay.heartbeat.lastRoundUptimeMilliseconds != nil)
        }
    }

    @Test func aFailedDeliveryIsSentAgainWithTheSameIdAndBytesWhenItIsDue() async throws {
        let scene = try await RelayScene(Receiver(script: [.status(500), .redirect(to: "http://127.0.0.1:1/")]))
        try await scene.running {
            let number = try #require(try await scene.place().first)
            await scene.pass { scene.outbox.settled.entries.count == 3 }
            let requests = scene.house.log.entries
            #expect(Set(requests.map { $0.header("webhook-id") }).count == 1)
            #expect(Set(requests.map(\.body)).count == 1)
            #expect(Set(requests.map { $0.header("webhook-signature") }).count == 3)
            let times = scene.signedAt
            #expect(times[1] - times[0] >= 5)
            #expect(times[2] - times[1] >= 30)
            let delivery = try #require(try await scene.delivery(number))
            #expect(delivery.attempts.map(\.status) == [500, 302, 200])
            #expect(delivery.attempts[1].error?.hasPrefix("redirect") == true)
            #expect(delivery.state == .delivered)
        }
    }

    @Test func afterFifteenAttemptsADeliveryIsExhausted() async throws {
        let scene = try await RelayScene(Receiver { _, _ in .status(404) })
        try await scene.running {
            let number = try #require(try await scene.place().first)
            await scene.pass(stepMilliseconds: 5000) { scene.outbox.settled.entries.count >= 5 }
            await scene.pass(stepMilliseconds: 600_000) { scene.outbox.settled.entries.count == 15 }
            let delivery = try #require(try await scene.delivery(number))
            #expect(delivery.state == .exhausted)
            #expect(delivery.attempts.count == 15)
            let times = scene.signedAt
            for (index, wait) in RetrySchedule.waitsSeconds.enumerated() {
                #expect(times[index + 1] - times[index] >= wait)
            }
            #expect((times.last ?? 0) - (times.first ?? 0) >= 75 * 3600)
        }
    }

    @Test func whatAnEarlierProcessLeftInFlightIsTakenUpAgain() async throws {
        let scene = try await RelayScene(Receiver()) { store, clock in
            try await RelayScene.place(in: store, at: clock.now)
            let lost = try await store.claim(
                ClaimRequest(endpoint: "fulfillment", limit: 10, now: clock.now))
            #expect(lost.claims.count == 1)
        }
        try await scene.running {
            let settled = try #require(await scene.outbox.settled.first(1).first)
            #expect(settled.claim.attempt == 2)
            let delivery = try #require(try await scene.delivery(settled.claim.orderNumber))
            #expect(delivery.state == .delivered)
            #expect(delivery.attempts.map(\.error) == ["interrupted", nil])
        }
    }

    @Test func noMoreThanTheConcurrencyAreInFlight() async throws {
        let gate = Gate()
        let scene = try await RelayScene(Receiver { _, _ in Answer.ok.held(by: gate) }, concurrency: 4)
        try await scene.place(40)
        try await scene.running {
            _ = await scene.house.requests(4)
            gate.open()
            let settled = await scene.outbox.settled.first(40)
            #expect(Set(settled.map(\.claim.id)).count == 40)
            #expect(settled.allSatisfy { $0.outcome == .delivered && $0.settlement == .settled })
            #expect(scene.house.mostInFlight == 4)
            #expect(scene.outbox.requests.entries.count < 40, "claims come in batches")
        }
    }
}
