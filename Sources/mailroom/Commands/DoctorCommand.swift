import ArgumentParser
import CurlTransport
import Fulfillment
import Orders

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check an installation, and say how to mend it.",
        discussion: """
            Looks at the settings, the database, how old the last backup is, the server, what waits for the house, \
            whether the house and our public address take connections, the clock and the disk. The house gets a \
            connection and not a byte of a request. Run it as the service's user. Ends with 0 when nothing failed \
            (warnings count as well), with 78 when the settings are wrong, else with 69.

            Examples:
              mailroom doctor
              sudo -u mailroom mailroom doctor --config /etc/mailroom/mailroom.yaml
              mailroom doctor --json
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @OptionGroup(title: "Settings of the service") var service: ServiceOptions
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let given = shared.given.merging(service.given) { $1 }
        let sources = try SettingSources.collect(file: shared.config, options: given)
        Curl.globalInit()
        let transport = try Mailroom.transport(maximumInFlight: 1)
        let found = await Doctor(sources: sources, transport: transport, clock: SystemClock()).examine()
        await transport.stop()
        let failed = found.filter { $0.verdict == .fail }
        if json {
            try Terminal.print { json in
                json.object {
                    $0.field("status", failed.isEmpty ? "pass" : "fail")
                    $0.array("checks", found) { $0.write(to: &$1) }
                }
            }
        } else {
            try Terminal.print(found.map(\.text).joined())
        }
        guard !failed.isEmpty else { return }
        let status: SystemExit = failed.contains { $0.name == "settings" } ? .configuration : .unavailable
        throw ExitCode(status.rawValue)
    }
}
