import Dispatch
import Fulfillment
import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import SQLiteStore

/// `GET /metrics`: what was counted, and what is looked up for the page, each within a bound of its own.
struct MetricsPage: Sendable {
    let registry: MetricsRegistry
    let database: OrderDatabase
    let databasePath: String
    let heartbeat: RelayHeartbeat
    let clock: any Clock
    private let store: StoreReadings

    init(
        registry: MetricsRegistry, database: OrderDatabase, databasePath: String, heartbeat: RelayHeartbeat,
        rule: RetentionRule, clock: any Clock
    ) {
        self.registry = registry
        self.database = database
        self.databasePath = databasePath
        self.heartbeat = heartbeat
        self.clock = clock
        store = StoreReadings(store: database, rule: rule, clock: clock)
    }

    func text() async -> [UInt8] {
        var readings = await store.all()
        readings += await filesAndProcess()
        readings.append(MetricReading("mailroom_store_waiting_callers", Double(database.waitingCallers)))
        if let last = heartbeat.lastRoundUptimeMilliseconds {
            let age = max(0, clock.uptimeMilliseconds - last)
            readings.append(MetricReading("mailroom_relay_last_round_age_seconds", Double(age) / 1000))
        }
        return registry.exposition(with: readings)
    }

    /// A disk that hangs holds a thread: none of those that everything else runs on.
    private func filesAndProcess() async -> [MetricReading] {
        let path = databasePath
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: FileReadings.all(databasePath: path) + ProcessReadings.all())
            }
        }
    }

    /// Nothing but this page is behind that door.
    func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: ExpositionPage.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: await text())))
        }
        return router
    }
}
