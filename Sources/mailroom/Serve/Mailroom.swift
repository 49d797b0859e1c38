import CurlTransport
import Fulfillment
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Orders
import SQLiteStore
import ServiceLifecycle
import UnixSignals
import Web

/// The service's parts, built from the settings and wired; `serve`, the demo and the end-to-end tests use this one.
struct Mailroom: Sendable {
    let settings: Settings
    let database: OrderDatabase
    private let socket: UnixSocket
    private let transport: CurlTransport
    private let relay: OutboxRelay
    private let web: WebParts
    private let clock: any Clock
    private let logger = Logger(label: "mailroom")

    /// Where it listens.
    struct Doors: Sendable, Hashable {
        let url: String
        let socketPath: String

        func write(to json: inout JSONWriter) {
            json.object {
                $0.field("ready", true)
                $0.field("url", url)
                $0.field("socket", socketPath)
            }
        }
    }

    /// Opens the database, which takes its lock, and builds the rest; nothing runs yet.
    static func open(_ settings: Settings, clock: any Clock) throws(Failure) -> Mailroom {
        let socket = try UnixSocket(besideDatabase: settings.databasePath)
        let database: OrderDatabase
        do {
            database = try OrderDatabase.open(path: settings.databasePath, queueLimit: settings.http.queue)
        } catch {
            throw Failure(error, database: settings.databasePath)
        }
        try socket.removeStale()
        let transport = try transport(maximumInFlight: settings.house.concurrency)
        let relay = OutboxRelay(
            outbox: database, transport: transport, signer: WebhookSigner(secrets: settings.house.secrets),
            endpoint: RelayEndpoint(name: "fulfillment", url: settings.house.url ?? ""),
            concurrency: settings.house.concurrency, clock: clock, logger: Logger(label: "relay"))
        let web = WebParts(
            store: database, verifier: WebhookVerifier(secrets: settings.house.inboundSecrets),
            settings: WebSettings(settings), clock: clock, logger: Logger(label: "web"),
            readiness: ReadinessChecks.all(
                store: database, heartbeat: relay.heartbeat, clock: clock, databasePath: settings.databasePath))
        return Mailroom(
            settings: settings, database: database, socket: socket, transport: transport, relay: relay, web: web,
            clock: clock)
    }

    static func transport(maximumInFlight: Int) throws(Failure) -> CurlTransport {
        do {
            return try CurlTransport(maximumInFlight: maximumInFlight, userAgent: "mailroom")
        } catch {
            throw Failure(.software, "libcurl cannot be set up")
        }
    }

    /// Serves until SIGTERM or SIGINT, then stops in the reverse order of this list: no new requests, no new
    /// deliveries. Only when all of them have ended, however they did, the house's connections and the database close.
    /// - Parameter beside: further services, which stop before the doors.
    func run(beside: [any Service] = [], whenReady: @escaping @Sendable (Doors) -> Void) async throws {
        let (opened, opening) = AsyncStream<Int?>.makeStream()
        let announcer = Announcer(opened: opened) { port in announce(port, to: whenReady) }
        let services: [any Service] = [relay, announcer, localDoor(opening), publicDoor(opening)]
        var configuration = ServiceGroupConfiguration(
            services: (services + beside).map {
                .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.longestStop
        let ended: Result<Void, any Error>
        do {
            ended = .success(try await ServiceGroup(configuration: configuration).run())
        } catch {
            ended = .failure(error)
        }
        await transport.stop()
        await database.close()
        try ended.get()
    }

    /// Two doors drain for 10 s each and the relay finishes within 15.5 s; who supervises the process gives it 45 s.
    private static let longestStop = Duration.seconds(40)

    private func announce(_ port: Int, to whenReady: @Sendable (Doors) -> Void) {
        let host = settings.http.host.contains(":") ? "[\(settings.http.host)]" : settings.http.host
        let doors = Doors(url: "http://\(host):\(port)", socketPath: socket.path)
        var ready = logger
        ready.logLevel = .info
        ready.notice("mailroom is ready on \(doors.url)")
        whenReady(doors)
    }

    private func publicDoor(_ opening: AsyncStream<Int?>.Continuation) -> some Service {
        let address = settings.http
        var configuration = ApplicationConfiguration(address: .hostname(address.host, port: address.port))
        if address.connections > 0 {
            configuration.availableConnectionsDelegate = MaximumAvailableConnections(address.connections)
        }
        let application = Application(
            responder: WebRouter.build(web, localAdmin: false), server: WebRouter.server(web),
            configuration: configuration,
            onServerRunning: { opening.yield($0.localAddress?.port ?? address.port) }, logger: Logger(label: "http"))
        return Door(application: application, name: "\(address.host):\(address.port)", clock: clock)
    }

    private func localDoor(_ opening: AsyncStream<Int?>.Continuation) -> some Service {
        let application = Application(
            responder: WebRouter.build(web, localAdmin: true), server: WebRouter.server(web),
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: socket.path)),
            onServerRunning: { _ in opening.yield(nil) }, logger: Logger(label: "socket"))
        return Door(application: application, name: socket.path, clock: clock)
    }
}

/// Waits until both doors are open, says so once, and stays out of the way.
private struct Announcer: Service {
    /// The port of the public door; nil for the local one.
    let opened: AsyncStream<Int?>
    let announce: @Sendable (Int) -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var count = 0
            var publicPort: Int?
            for await port in opened {
                count += 1
                publicPort = port ?? publicPort
                if count == 2, let publicPort { announce(publicPort) }
            }
        }
    }
}
