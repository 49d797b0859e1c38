import ArgumentParser
import CurlTransport
import Foundation
import Fulfillment
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

struct HouseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "house",
        abstract: "Simulate a fulfillment house, for development.",
        discussion: """
            Verifies and prints what it receives (numbers and titles, nothing of the person), and answers over the \
            following seconds with signed shipping updates until every parcel is delivered. Point fulfillment.url at \
            what it prints, and give it the secrets of the server: by the same settings, or by --secret and \
            --inbound-secret.

            Examples:
              mailroom house
              mailroom house --port 9091 --fail-rate 0.2 --duplicate 0.5 --reorder --pace 0.5
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @OptionGroup(title: "Behaviour") var behaviour: HouseOptions
    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0 is any free one.") var port = 9090
    @Option(help: "Where mailroom is. [default: our own server, by http.host and http.port]") var mailroomURL: String?
    @Option(help: "whsec_… that mailroom signs with. [default: fulfillment.secrets]") var secret: String?
    @Option(help: "whsec_… that the updates are signed with. [default: the first of inbound.secrets]")
    var inboundSecret: String?

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
        if let mailroomURL, WebAddress(mailroomURL)?.isSecureOrLoopback != true {
            throw ValidationError("--mailroom-url is an https:// URL, or http:// to a loopback address.")
        }
    }

    func run() async throws {
        let settings = try shared.settings(with: [:], for: .show)
        let secrets = try Self.secrets(given: secret, option: "--secret", settings.house.secrets)
        let inbound = try Self.secrets(given: inboundSecret, option: "--inbound-secret", settings.house.inboundSecrets)
        Curl.globalInit()
        let transport = try Mailroom.transport(maximumInFlight: 8)
        let given = mailroomURL ?? settings.http.ownURL
        let url = given.hasSuffix("/") ? String(given.dropLast()) : given
        let habits = behaviour.habits
        let say: @Sendable (String) -> Void = { line in try? Terminal.print(line + "\n") }
        let house = SimulatedHouse(
            address: .init(host: host, port: port), habits: habits, secrets: secrets, inboundSecret: inbound[0],
            mailroomURL: url, transport: transport, clock: SystemClock(), logger: Logger(label: "house"), say: say,
            onListening: { [host] port in
                say(
                    "the house listens; fulfillment.url is http://\(host):\(port)/webhooks/mailroom, seed \(habits.seed)"
                )
            })
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: Closing(name: "transport") { await transport.stop() }),
                    .init(service: house, failureTerminationBehavior: .gracefullyShutdownGroup),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "house")))
        do {
            try await group.run()
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw Failure(.unavailable, "cannot listen on \(host):\(port): \(reason); choose another with --port")
        }
    }

    private static func secrets(
        given: String?, option: String, _ fromSettings: [WebhookSecret]
    ) throws -> [WebhookSecret] {
        guard let given else {
            guard !fromSettings.isEmpty else {
                throw Failure(
                    .usage, "give \(option), or the settings fulfillment.secrets and inbound.secrets of the server")
            }
            return fromSettings
        }
        guard let secret = WebhookSecret(given) else {
            throw Failure(.usage, "\(option) is whsec_<base64 of 24 to 64 bytes>")
        }
        return [secret]
    }
}

/// How the simulated house behaves; shared by `house` and `serve --demo`.
struct HouseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Share of deliveries the house answers with an error, 0 to 1.", valueName: "rate"))
    var failRate = 0.0
    @Option(help: ArgumentHelp("How long the house takes to answer a delivery.", valueName: "seconds"))
    var delay = 0.0
    @Option(help: ArgumentHelp("Share of its own messages the house sends twice, 0 to 1.", valueName: "rate"))
    var duplicate = 0.0
    @Flag(help: "The house sends its messages about an order in any order.") var reorder = false
    @Option(help: ArgumentHelp("Time between two steps of an order.", valueName: "seconds")) var pace = 3.0
    @Option(help: "The same seed makes the house decide the same. [default: random, printed]") var seed: UInt64?

    func validate() throws {
        for (name, rate) in [("--fail-rate", failRate), ("--duplicate", duplicate)] {
            guard (0...1).contains(rate) else { throw ValidationError("\(name) is 0 to 1.") }
        }
        for (name, seconds) in [("--delay", delay), ("--pace", pace)] {
            guard (0...86_400).contains(seconds) else { throw ValidationError("\(name) is 0 to 86400 seconds.") }
        }
    }

    var isUntouched: Bool {
        failRate == 0 && delay == 0 && duplicate == 0 && !reorder && pace == 3 && seed == nil
    }

    var habits: HouseHabits {
        var habits = HouseHabits(seed: seed ?? UInt64.random(in: 0...UInt64.max))
        habits.failRate = failRate
        habits.delaySeconds = delay
        habits.duplicateRate = duplicate
        habits.reorders = reorder
        habits.paceSeconds = pace
        return habits
    }
}
