import CurlTransport
import Foundation
import Fulfillment
import Logging
import Orders
import TestSupport
import Testing

@testable import mailroom

/// The house over real HTTP: a delivery in at its door, its messages out to a receiver that plays mailroom.
@Suite(.timeLimit(.hanging)) struct SimulatedHouseTests {
    private let clock = FakeClock()
    private let mailroomSecret = WebhookSecret.random()
    private let houseSecret = WebhookSecret.random()
    private let said = Log<String>()
    private let transport: CurlTransport

    init() throws {
        Curl.globalInit()
        transport = try CurlTransport(maximumInFlight: 8, userAgent: "test")
    }

    private static let order = Array(
        """
        {"type": "order.placed", "timestamp": "2027-01-15T08:00:00.000Z", "data": {"order": {"number": "4829-1504-75",
        "items": [{"sku": "FSAC-NET-EN", "title": "Neuroendocrine", "quantity": 3}], "ship_to": {"name": "Z Quince"}}}}
        """.utf8)

    /// Runs a house whose messages go to `receiver`, and stops it when the body is done.
    private func withHouse(
        telling receiver: Receiver, habits: HouseHabits = HouseHabits(seed: 1), _ body: (Int) async throws -> Void
    ) async throws {
        let listening = Log<Int>()
        let house = SimulatedHouse(
            address: .init(host: "127.0.0.1", port: 0), habits: habits, secrets: [mailroomSecret],
            inboundSecret: houseSecret, mailroomURL: "http://127.0.0.1:\(receiver.port)", transport: transport,
            clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, say: { said.add($0) },
            onListening: { listening.add($0) })
        let running = Task { try await house.run() }
        defer { running.cancel() }
        try await body(await listening.first(1)[0])
    }

    private func deliver(_ id: String, to port: Int, signedBy secret: WebhookSecret? = nil) async throws -> Int {
        let signer = WebhookSigner(secrets: [secret ?? mailroomSecret])
        let headers = signer.headers(id: id, at: clock.now, body: Self.order)
        let request = WebhookRequest(url: "http://127.0.0.1:\(port)/any/path", headers: headers, body: Self.order)
        return try await transport.post(request).status
    }

    /// What a receiver reads: the type, or the package's status.
    private func verified(_ request: Receiver.Request) throws -> String {
        let verdict = WebhookVerifier(secrets: [houseSecret]).verify(
            id: request.header("webhook-id"), timestamp: request.header("webhook-timestamp"),
            signature: request.header("webhook-signature"), body: request.body, at: clock.now)
        _ = try verdict.get()
        #expect(request.path == "/v1/webhooks/shipping")
        let json = try JSONReader.read(request.body)
        return json["data"]?["package"]?["status"]?.stringValue ?? json["type"]?.stringValue ?? ""
    }

    @Test func anOrderIsAnsweredStepByStepWithSignedMessagesUntilItIsDelivered() async throws {
        let mailroom = try await Receiver()
        try await withHouse(telling: mailroom) { (port: Int) async throws -> Void in
            #expect(try await deliver("msg_1", to: port) == 200)
            let steps = ["order.acknowledged", "pre_transit", "in_transit", "out_for_delivery", "delivered"]
            for (index, step) in steps.enumerated() {
                await clock.sleepers(steps.count - index)
                clock.advance(seconds: 3)
                let told = await mailroom.requests(index + 1)[index]
                #expect(try verified(told) == step)
            }
            #expect(try await deliver("msg_1", to: port) == 200)
            #expect(said.entries.contains { $0.contains("order.placed 4829-1504-75: 3 × Neuroendocrine") })
            #expect(said.entries.contains { $0.contains("came again") })
            #expect(!said.entries.joined().contains("Quince"))
        }
    }

    @Test func aDeliverySignedWithAnotherSecretIsRefusedAndTheReasonSaid() async throws {
        let mailroom = try await Receiver()
        try await withHouse(telling: mailroom) { (port: Int) async throws -> Void in
            #expect(try await deliver("msg_1", to: port, signedBy: .random()) == 401)
            let bare = WebhookRequest(url: "http://127.0.0.1:\(port)/", body: Self.order)
            #expect(try await transport.post(bare).status == 401)
            #expect(said.entries == ["mismatch", "missingID"].map { "refused a delivery: \($0)" })
        }
    }

    @Test func aMessageThatDoesNotArriveIsSentAgainWithTheSameIdAndBytes() async throws {
        let mailroom = try await Receiver(script: [.status(503), .status(500)])
        var habits = HouseHabits(seed: 1)
        habits.paceSeconds = 10_000
        try await withHouse(telling: mailroom, habits: habits) { (port: Int) async throws -> Void in
            _ = try await deliver("msg_1", to: port)
            await clock.sleepers(5)
            clock.advance(seconds: 10_000)
            for attempt in 1...2 {
                _ = await mailroom.requests(attempt)
                await clock.sleepers(5)
                clock.advance(seconds: 30)
            }
            let requests = await mailroom.requests(3)
            #expect(Set(requests.map { $0.header("webhook-id") }).count == 1)
            #expect(Set(requests.map(\.body)).count == 1)
        }
    }

    @Test func aHouseToldToFailAnswersWithAnErrorAndPlansNothing() async throws {
        let mailroom = try await Receiver()
        var habits = HouseHabits(seed: 1)
        habits.failRate = 1
        try await withHouse(telling: mailroom, habits: habits) { (port: Int) async throws -> Void in
            #expect(try await deliver("msg_1", to: port) == 500)
            #expect(said.entries == ["msg_1: answered with an error on purpose"])
        }
    }

    @Test func aSlowHouseAnswersWhenItsDelayIsOver() async throws {
        let mailroom = try await Receiver()
        var habits = HouseHabits(seed: 1)
        habits.delaySeconds = 5
        try await withHouse(telling: mailroom, habits: habits) { (port: Int) async throws -> Void in
            async let status = deliver("msg_1", to: port)
            await clock.sleepers(1)
            #expect(said.entries.isEmpty)
            clock.advance(seconds: 5)
            let answered = try await status
            #expect(answered == 200)
        }
    }
}
