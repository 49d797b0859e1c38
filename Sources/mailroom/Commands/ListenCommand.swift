import ArgumentParser
import CurlTransport
import Foundation
import Fulfillment
import Logging
import Orders
import SQLiteStore
import ServiceLifecycle
import UnixSignals

struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen", abstract: "Forward what the house is told to a developer's machine.",
        discussion: """
            Looks into the outbox twice a second and sends each new event, and each one that is resent, to the URL: the \
            same types, numbers and webhook-ids, with every name, address and free text replaced. Since that changes the \
            bytes, they are signed with a secret of their own, printed at the start; the real ones stay here. The house \
            hears what it hears without it. Ctrl-C ends it. For a demo, give the database that it prints.

            Examples:
              mailroom listen --forward-to http://127.0.0.1:3000/webhooks
              mailroom listen --forward-to https://dev.example.org/hooks --latest 5 --json
              mailroom listen --forward-to http://127.0.0.1:3000/ --database-url sqlite:/tmp/mailroom-demo-x/mailroom.db
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @Option(help: "Where to send them: https, or http to a loopback address.") var forwardTo: String
    @Option(help: "Begin with so many that are there already, 0 to 1000.") var latest = 0
    @Option(help: "whsec_… to sign with. [default: random, printed]") var secret: String?
    @Flag(help: "Print JSON, one object a line.") var json = false

    func validate() throws {
        guard WebAddress(forwardTo)?.isSecureOrLoopback == true else {
            throw ValidationError("--forward-to is an https:// URL, or http:// to a loopback address.")
        }
        guard (0...1000).contains(latest) else { throw ValidationError("--latest is 0 to 1000.") }
        if let secret, WebhookSecret(secret) == nil {
            throw ValidationError("--secret is whsec_<base64 of 24 to 64 bytes>.")
        }
    }

    func run() async throws {
        let path = try shared.settings().databasePath
        let signing = secret.flatMap(WebhookSecret.init) ?? .random()
        let database: OrderDatabase
        do {
            database = try OrderDatabase.openReadOnly(path: path)
        } catch {
            throw Failure(error, database: path)
        }
        Curl.globalInit()
        let transport = try Mailroom.transport(maximumInFlight: 1)
        let isJSON = json
        let forwarding = EventForwarding(
            database: database, transport: transport, signer: WebhookSigner(secrets: [signing]), url: forwardTo,
            clock: SystemClock(), tell: { try? Self.tell($0, json: isJSON) })
        let service = ForwardingService(forwarding: forwarding, latest: latest) { [forwardTo] in
            try Self.greet(signing, forwardTo: forwardTo, json: isJSON)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, failureTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "listen")))
        let ended: Result<Void, any Error>
        do {
            ended = .success(try await group.run())
        } catch {
            ended = .failure(error)
        }
        await transport.stop()
        await database.close()
        try ended.get()
    }

    private static func greet(_ signing: WebhookSecret, forwardTo: String, json: Bool) throws(Failure) {
        guard json else {
            return try Terminal.print("listening; signed with \(signing.text), forwarded to \(forwardTo)\n")
        }
        try Terminal.print { json in
            json.object {
                $0.field("listening", true)
                $0.field("secret", signing.text)
                $0.field("forward_to", forwardTo)
            }
        }
    }

    private static func tell(_ event: EventForwarding.Forwarded, json: Bool) throws(Failure) {
        guard json else {
            let answer = event.status.map { "answered \($0)" } ?? "not delivered (\(event.problem ?? ""))"
            let again = event.isResent ? ", resent" : ""
            return try Terminal.print("\(event.type) \(event.orderNumber) \(event.id)\(again): \(answer)\n")
        }
        try Terminal.print { json in
            json.object {
                $0.field("type", event.type)
                $0.field("order_number", event.orderNumber)
                $0.field("webhook_id", event.id)
                $0.field("resent", event.isResent)
                $0.field("status", event.status)
                $0.field("problem", event.problem)
            }
        }
    }
}

private struct ForwardingService: Service {
    let forwarding: EventForwarding
    let latest: Int
    let whenListening: @Sendable () throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await forwarding.run(beginningWith: latest, whenListening: whenListening)
            } catch is CancellationError {
                // Told to stop.
            }
        }
    }
}
