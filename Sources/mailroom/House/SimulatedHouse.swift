import Fulfillment
import Hummingbird
import Logging
import Orders
import ServiceLifecycle

/// A fulfillment house for development: a real receiver on a real port, that packs nothing and answers as if.
struct SimulatedHouse: Service, CustomStringConvertible {
    let description = "house"
    struct Address: Sendable {
        let host: String
        let port: Int
    }

    let address: Address
    let habits: HouseHabits
    /// Verify what comes in: mailroom's `fulfillment.secrets`.
    let secrets: [WebhookSecret]
    /// Signs what goes out: mailroom's `inbound.secrets`.
    let inboundSecret: WebhookSecret
    /// Where mailroom is: `http://127.0.0.1:8080`.
    let mailroomURL: String
    let transport: any WebhookTransport
    let clock: any Clock
    let logger: Logger
    let say: @Sendable (String) -> Void
    /// Called with the port once it listens.
    var onListening: @Sendable (Int) async -> Void = { _ in }

    func run() async throws {
        let desk = HouseDesk(habits: habits, say: say)
        let receiver = HouseReceiver(
            desk: desk, verifier: WebhookVerifier(secrets: secrets), habits: habits, clock: clock, say: say)
        let messenger = HouseMessenger(
            desk: desk, transport: transport, signer: WebhookSigner(secrets: [inboundSecret]),
            url: mailroomURL + "/v1/webhooks/shipping", clock: clock, say: say)
        let application = Application(
            responder: receiver.responder,
            configuration: .init(address: .hostname(address.host, port: address.port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
            logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: messenger, failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: application, failureTerminationBehavior: .gracefullyShutdownGroup),
                ], logger: logger))
        try await group.run()
    }
}
