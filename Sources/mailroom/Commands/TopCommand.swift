import ArgumentParser
import CurlTransport
import Foundation
import Fulfillment
import Logging
import Orders
import ServiceLifecycle
import UnixSignals

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch intake, outbox and the house's health, live.",
        discussion: """
            Asks the running server through its socket, every two seconds, until Ctrl-C. When standard output is no \
            terminal it prints once, as with --once. Counts stop at 10,000. When it prints once and the server is not \
            ready, it ends with 69 after printing.

            Examples:
              mailroom top
              mailroom top --interval 10
              mailroom top --once --json
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @Option(help: "Seconds between two looks, 1 to 3600.") var interval = 2
    @Option(help: "How many of the newest orders to show, 0 to 50.") var recent = 5
    @Flag(help: "Print once and end.") var once = false
    @Flag(help: "Print JSON, once.") var json = false

    func validate() throws {
        guard (1...3600).contains(interval) else { throw ValidationError("--interval is 1 to 3600 seconds.") }
        guard (0...50).contains(recent) else { throw ValidationError("--recent is 0 to 50.") }
    }

    func run() async throws {
        let settings = try shared.settings()
        let socket = try UnixSocket(besideDatabase: settings.databasePath)
        guard socket.isAnswered else {
            throw Failure(
                .unavailable, "no server runs on \(settings.databasePath); `mailroom doctor` looks further")
        }
        Curl.globalInit()
        let connection = ServerConnection(socket: socket, transport: try Mailroom.transport(maximumInFlight: 1))
        let local = LocalTime(timeZone: settings.timeZone)
        let ended: Result<Void, any Error>
        do {
            ended = .success(
                once || json || isatty(STDOUT_FILENO) == 0
                    ? try await printOnce(connection, local) : try await watch(connection, local))
        } catch {
            ended = .failure(error)
        }
        await connection.close()
        try ended.get()
    }

    private func printOnce(_ connection: ServerConnection, _ local: LocalTime) async throws {
        let view = try await LiveView.ask(connection, recent: recent, local: local, at: SystemClock().now)
        if json {
            try Terminal.print { view.write(to: &$0) }
        } else {
            try Terminal.print(view.text(local: local, width: ScreenWidth.ofOutput))
        }
        // Whoever only looks at the code, such as a container's health check, must see it too.
        guard view.troubles.isEmpty else { throw ExitCode(SystemExit.unavailable.rawValue) }
    }

    private func watch(_ connection: ServerConnection, _ local: LocalTime) async throws {
        let screen = LiveScreen(connection: connection, local: local, recent: recent, seconds: Int64(interval))
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: screen, failureTerminationBehavior: .gracefullyShutdownGroup)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "top"))
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        // The alternate screen, so that what was there before comes back; and no cursor in it.
        try Terminal.print("\u{1B}[?1049h\u{1B}[?25l")
        let ended: Result<Void, any Error>
        do {
            ended = .success(try await ServiceGroup(configuration: configuration).run())
        } catch {
            ended = .failure(error)
        }
        try Terminal.print("\u{1B}[?25h\u{1B}[?1049l")
        try ended.get()
    }
}

/// Draws the view again and again, until it is told to stop.
private struct LiveScreen: Service {
    let connection: ServerConnection
    let local: LocalTime
    let recent: Int
    let seconds: Int64

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            let clock = SystemClock()
            while !Task.isCancelled {
                let text: String
                do {
                    let view = try await LiveView.ask(connection, recent: recent, local: local, at: clock.now)
                    text = view.text(local: local, width: ScreenWidth.ofOutput)
                } catch {
                    if Task.isCancelled { return }
                    // It may come back: a restart, an upgrade.
                    let message = (error as? Failure)?.message ?? "no answer"
                    text = "\(local.text(clock.now, withSeconds: true))  \(message)\n"
                }
                try Terminal.print("\u{1B}[H\u{1B}[J" + text + "\nCtrl-C ends it.\n")
                guard (try? await clock.wait(milliseconds: seconds * 1000)) != nil else { return }
            }
        }
    }
}
