import CurlTransport
import Fulfillment
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Orders
import SQLiteStore
import ServiceLifecycle
import Tracing
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
    private let metrics: MetricsPage
    private let clock: any Clock
    private let logger = Logger(label: "mailroom")

    /// Where it listens.
    struct Doors: Sendable, Hashable {
        let url: String
        let socketPath: String
        /// Nil when it could not be opened.
        let metricsURL: String?

        func write(to json: inout JSONWriter) {
            json.object {
                $0.field("ready", true)
                $0.field("url", url)
                $0.field("socket", socketPath)
                $0.field("metrics", metricsURL)
            }
        }
    }

    /// Opens the database, which takes its lock, and builds the rest; nothing runs yet.
    /// - Parameter tracer: by default the process's own, which does nothing unless one was installed.
    static func open(
        _ settings: Settings, clock: any Clock, tracer: any Tracer = InstrumentationSystem.tracer
    ) throws(Failure) -> Mailroom {
        let socket = try UnixSocket(besideDatabase: settings.databasePath)
        let registry = MetricsRegistry()
        let database: OrderDatabase
        do {
            database = try OrderDatabase.open(
                path: settings.databasePath, queueLimit: settings.http.queue,
                listener: CommitMeter(factory: registry))
        } catch {
            throw Failure(error, database: settings.databasePath)
        }
        try socket.removeStale()
        let transport = try transport(maximumInFlight: settings.house.concurrency)
        let relay = OutboxRelay(
            outbox: database, transport: transport, signer: WebhookSigner(secrets: settings.house.secrets),
            endpoint: RelayEndpoint(name: "fulfillment", url: settings.house.url ?? ""),
            concurrency: settings.house.concurrency, clock: clock, logger: Logger(label: "relay"), metrics: registry,
            tracer: tracer)
        let web = WebParts(
            store: database, verifier: WebhookVerifier(secrets: settings.house.inboundSecrets),
            settings: WebSettings(settings), clock: clock, logger: Logger(label: "web"),
            readiness: ReadinessChecks.all(
                store: database, heartbeat: relay.heartbeat, clock: clock, databasePath: settings.databasePath),
            meter: RequestMeter(factory: registry), tracer: tracer)
        let metrics = MetricsPage(
            registry: registry, database: database, databasePath: settings.databasePath, heartbeat: relay.heartbeat,
            rule: RetentionRule(days: settings.retentionDays), clock: clock)
        return Mailroom(
            settings: settings, database: database, socket: socket, transport: transport, relay: relay, web: web,
            metrics: metrics, clock: clock)
    }

    var lifeSigns: [LifeSign] { LifeSign.all(store: database, heartbeat: relay.heartbeat, clock: clock) }

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
        raiseFileLimit()
        let (opened, opening) = AsyncStream<Opening>.makeStream()
        let announcer = Announcer(opened: opened) { port, metricsPort in
            announce(port, metricsPort, to: whenReady)
        }
        let eraser = Eraser(
            store: database, rule: RetentionRule(days: settings.retentionDays), timeZone: settings.timeZone,
            clock: clock, logger: Logger(label: "retention"))
        let sweep = DraftSweep(store: database, clock: clock, logger: logger)
        let services: [any Service] = [
            IdleMemory(database: database, clock: clock), eraser, relay, sweep, announcer, metricsDoor(opening),
            localDoor(opening), publicDoor(opening),
        ]
        var configuration = ServiceGroupConfiguration(
            services: (services + beside).map {
                .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.longestStop
        // Not among the services: it watches until the database is closed.
        let watch = Task { [database, logger] in await DiskWatch(losses: database.diskLosses, logger: logger).run() }
        let ended: Result<Void, any Error>
        do {
            ended = .success(try await ServiceGroup(configuration: configuration).run())
        } catch {
            ended = .failure(error)
        }
        await transport.stop()
        await database.close()
        await watch.value
        try ended.get()
    }

    /// Two doors drain for 10 s each, the metrics' for 1 s, and the relay finishes within 15.5 s; who supervises the process gives it 45 s.
    private static let longestStop = Duration.seconds(40)

    private func raiseFileLimit() {
        let limit = OpenFiles.raiseLimit()
        guard settings.http.connections > limit - OpenFiles.besideConnections else { return }
        logger.warning(
            "http.connections is more than the system lets this process open: raise LimitNOFILE (ulimit -n)",
            metadata: ["connections": "\(settings.http.connections)", "open_files": "\(limit)"])
    }

    private func announce(_ port: Int, _ metricsPort: Int?, to whenReady: @Sendable (Doors) -> Void) {
        func url(_ host: String, _ port: Int) -> String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
        let doors = Doors(
            url: url(settings.http.host, port), socketPath: socket.path,
            metricsURL: metricsPort.map { url(settings.metrics.host, $0) + "/metrics" })
        var ready = logger
        ready.logLevel = .info
        if let metrics = doors.metricsURL { ready.notice("metrics are on \(metrics)") }
        ready.notice("mailroom is ready on \(doors.url)")
        whenReady(doors)
    }

    private func publicDoor(_ opening: AsyncStream<Opening>.Continuation) -> some Service {
        let address = settings.http
        let application = Application(
            responder: WebRouter.build(web, localAdmin: false), server: WebRouter.server(web),
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
            onServerRunning: { opening.yield(.publicDoor(port: $0.localAddress?.port ?? address.port)) },
            logger: Logger(label: "http"))
        return Door(
            application: application, name: "\(address.host):\(address.port)", clock: clock,
            portOption: "--http-port 8095")
    }

    private func metricsDoor(_ opening: AsyncStream<Opening>.Continuation) -> some Service {
        let address = settings.metrics
        let application = Application(
            router: metrics.router(), server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
            onServerRunning: { opening.yield(.metricsDoor(port: $0.localAddress?.port ?? address.port)) },
            logger: Logger(label: "metrics"))
        return MetricsDoor(
            door: Door(
                application: application, name: "\(address.host):\(address.port)", clock: clock,
                portOption: "--metrics-port 9465",
                drainMilliseconds: 1000), logger: logger,
            couldNotOpen: { opening.yield(.metricsDoor(port: nil)) })
    }

    private func localDoor(_ opening: AsyncStream<Opening>.Continuation) -> some Service {
        let application = Application(
            responder: WebRouter.build(web, localAdmin: true), server: WebRouter.server(web, isLocal: true),
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: socket.address)),
            onServerRunning: { _ in opening.yield(.localDoor) }, logger: Logger(label: "socket"))
        return Door(application: application, name: socket.path, clock: clock)
    }
}

/// A door that is open now.
private enum Opening: Sendable {
    case publicDoor(port: Int)
    case localDoor
    /// Nil when it could not be opened.
    case metricsDoor(port: Int?)
}

/// Waits until the doors are open, says so once, and stays out of the way.
private struct Announcer: Service, CustomStringConvertible {
    let description = "announcer"
    let opened: AsyncStream<Opening>
    let announce: @Sendable (Int, Int?) -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var count = 0
            var (publicPort, metricsPort): (Int?, Int?)
            for await opening in opened {
                count += 1
                switch opening {
                case .publicDoor(let port): publicPort = port
                case .localDoor: break
                case .metricsDoor(let port): metricsPort = port
                }
                if count == 3, let publicPort { announce(publicPort, metricsPort) }
            }
        }
    }
}
