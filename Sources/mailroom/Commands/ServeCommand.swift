import ArgumentParser
import CurlTransport
import Fulfillment
import Web

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service.",
        discussion: """
            Says "mailroom is ready on URL" on standard error once it takes requests. SIGTERM and SIGINT stop it: \
            first no new requests, then no new deliveries, and those under way get their time.

            Examples:
              mailroom serve --demo
              mailroom serve --demo --http-port 8095 --fail-rate 0.3 --reorder
              mailroom serve --config /etc/mailroom/mailroom.yaml
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @OptionGroup(title: "Settings of the service") var service: ServiceOptions
    @Flag(help: "Try it out: loopback only, a temporary database, the sample catalog, a simulated house.")
    var demo = false
    @OptionGroup(title: "The demo's house") var house: HouseOptions
    @Flag(help: "Print one JSON object on standard output when ready.") var json = false

    /// What the demo decides by itself; to ask for it and be passed over would be a surprise.
    private static let decidedByDemo = [
        KnownSettings.httpHost.key, KnownSettings.metricsHost.key, KnownSettings.publicURL.key,
        KnownSettings.database.key,
        KnownSettings.fulfillmentURL.key, KnownSettings.fulfillmentSecretsFile.key,
        KnownSettings.inboundSecretsFile.key,
    ]

    func validate() throws {
        if demo {
            let given = shared.given.merging(service.given) { $1 }
            let idle = Self.decidedByDemo.filter { given[$0] != nil }.map { "--" + $0.replacing(".", with: "-") }
            guard idle.isEmpty else {
                throw ValidationError("The demo decides \(idle.joined(separator: ", ")) itself; leave it out.")
            }
        } else if !house.isUntouched {
            throw ValidationError("The options of the demo's house need --demo.")
        }
    }

    func run() async throws {
        Curl.globalInit()
        let given = shared.given.merging(service.given) { $1 }
        let sources = try SettingSources.collect(file: shared.config, options: given)
        if demo { return try await Demo(habits: house.habits).run(sources, whenReady: announce) }
        let settings = try Settings.load(sources, for: .serve)
        UnixSocket.makeFilesPrivate()
        let clock = SystemClock()
        let mailroom = try Mailroom.open(settings, clock: clock)
        let manager = ServiceManager()
        let announce = announce
        let watchdog = manager.map { manager in
            Watchdog(manager: manager, signs: mailroom.lifeSigns, clock: clock)
        }
        try await mailroom.run(beside: watchdog.map { [$0] } ?? []) { doors in
            announce(doors)
            manager?.tell("READY=1", "STATUS=taking orders")
        }
    }

    private var announce: @Sendable (Mailroom.Doors) -> Void {
        { [json] doors in if json { try? Terminal.print { doors.write(to: &$0) } } }
    }
}
