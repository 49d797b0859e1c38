import CurlTransport
import Fulfillment
import Logging
import Orders
import SQLiteStore
import ServiceLifecycle
import TestSupport
import Tracing

/// A relay at work: a real file, real libcurl, a real receiver as the house, and a clock that the test moves.
final class RelayScene: Sendable {
    let clock = FakeClock()
    let store: any Store
    let outbox: WatchedOutbox
    let house: Receiver
    let secret = WebhookSecret.random()
    let relay: OutboxRelay
    private let database: OrderDatabase
    private let folder: TemporaryFolder
    private let transport: CurlTransport
    private let group: ServiceGroup

    /// - Parameter earlier: what another process did to the file before, and left as it was.
    init(
        _ house: Receiver, concurrency: Int = 4, tracer: any Tracer = NoOpTracer(),
        earlier: (any Store, FakeClock) async throws -> Void = { _, _ in }
    ) async throws {
        self.house = house
        folder = try TemporaryFolder()
        let path = folder.path + "/mailroom.db"
        _ = try OrderDatabase.migrate(path: path)
        let before = try OrderDatabase.open(path: path, queueLimit: 1000)
        try await earlier(before, clock)
        await before.close()
        database = try OrderDatabase.open(path: path, queueLimit: 1000)
        store = database
        outbox = WatchedOutbox(database)
        transport = try CurlTransport(maximumInFlight: concurrency, userAgent: "mailroom-test/1")
        let logger = Logger(label: "relay") { _ in SwiftLogNoOpLogHandler() }
        relay = OutboxRelay(
            outbox: outbox, transport: transport, signer: WebhookSigner(secrets: [secret]),
            endpoint: RelayEndpoint(name: "fulfillment", url: house.url), concurrency: concurrency, clock: clock,
            logger: logger, tracer: tracer)
        group = ServiceGroup(services: [relay], logger: logger)
    }

    /// Runs the relay while `body` runs, then stops it gracefully.
    func running(_ body: () async throws -> Void) async throws {
        let run = Task { [group] in try await group.run() }
        do {
            try await body()
        } catch {
            run.cancel()
            throw error
        }
        await stop()
        try await run.value
        await transport.stop()
        await database.close()
    }

    func stop() async { await group.triggerGracefulShutdown() }

    /// Lets time pass until something is so, but none while a delivery is under way: leases do not run out.
    func pass(stepMilliseconds: Int64 = 250, until isDone: @Sendable () -> Bool) async {
        while !isDone() {
            await clock.settled()
            _ = await outbox.settled.first(outbox.claims.entries.count)
            if !isDone() { clock.advance(milliseconds: stepMilliseconds) }
        }
    }

    /// - Returns: the numbers of so many new orders.
    @discardableResult
    func place(_ count: Int = 1) async throws -> [OrderNumber] {
        try await Self.place(count, in: store, at: clock.now)
    }

    @discardableResult
    static func place(_ count: Int = 1, in store: any Store, at now: Timestamp) async throws -> [OrderNumber] {
        var numbers: [OrderNumber] = []
        // Time stands still, so ids differ only in their 20 random bits: one that was drawn before is drawn anew.
        while numbers.count < count {
            let order = order(at: now)
            let event = OutboxEvent.placed(order, id: .draw(at: now), at: now)
            if case .placed = try await store.place(order, announcing: event, key: nil) { numbers.append(order.number) }
        }
        return numbers
    }

    func delivery(_ number: OrderNumber) async throws -> Delivery? {
        try await store.detail(number)?.deliveries.first
    }

    func endpoint() async throws -> Endpoint? { try await store.endpoints().first { $0.name == "fulfillment" } }

    /// The times that the house's requests were signed at, in Unix seconds.
    var signedAt: [Int64] { house.log.entries.compactMap { $0.header("webhook-timestamp").flatMap { Int64($0) } } }

    private static func order(at now: Timestamp) -> Order {
        let identity = OrderIdentity.random(at: now)
        let weight = StatedWeight(millionths: 3_200_000, unit: .ounce)
        let line = LineItem(sku: "A", title: "Title A", language: "en", quantity: 5, unitWeight: weight)
        return Order(
            id: identity.id, number: identity.number, statusToken: identity.token, placedAt: now, updatedAt: now,
            lines: [line], weightLimit: StatedWeight(millionths: 20_000_000, unit: .pound),
            shipTo: ShipTo(
                name: "Ana Example", organization: nil, line1: "1 Main St", line2: nil, city: "Springfield",
                region: "IL", postalCode: "62701", country: "US", phone: nil),
            email: nil, requesterType: .patient, language: .english, notes: nil, reshipOf: nil, facts: OrderFacts())
    }
}
