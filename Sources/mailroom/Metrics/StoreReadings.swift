import Fulfillment
import Orders
import Web

/// What the database says when somebody asks for the metrics: read at most once in five seconds, however many ask, and
/// never waited for longer than two. What was read before is shown meanwhile, with its time.
actor StoreReadings {
    private static let intervalMilliseconds: Int64 = 5000
    private static let answerWithinMilliseconds: Int64 = 2000

    private let store: any Store
    private let rule: RetentionRule
    private let clock: any Clock
    private var latest: Facts?
    private var startedAtUptime = Int64.min
    private var running: Task<Void, Never>?

    private struct Facts {
        let at: Timestamp
        let orders: [OrderStatus: CappedCount]
        let endpoints: [Endpoint]
        let exhausted: CappedCount
        let inFlight: CappedCount
        let retention: RetentionReport
    }

    init(store: any Store, rule: RetentionRule, clock: any Clock) {
        self.store = store
        self.rule = rule
        self.clock = clock
    }

    func all() async -> [MetricReading] {
        let task = refresh()
        _ = try? await Deadline.result(
            of: { await task?.value }, within: Self.answerWithinMilliseconds, clock: clock)
        return latest.map { Self.readings($0, now: clock.now) } ?? []
    }

    private func refresh() -> Task<Void, Never>? {
        if let running { return running }
        let uptime = clock.uptimeMilliseconds
        if startedAtUptime != .min, uptime - startedAtUptime < Self.intervalMilliseconds { return nil }
        startedAtUptime = uptime
        let task = Task {
            if let facts = try? await facts() { latest = facts }
            running = nil
        }
        running = task
        return task
    }

    private func facts() async throws -> Facts {
        Facts(
            at: clock.now, orders: try await store.counts(), endpoints: try await store.endpoints(),
            exhausted: try await count(.exhausted), inFlight: try await count(.inFlight),
            retention: try await store.retention(by: rule, at: clock.now))
    }

    private func count(_ state: DeliveryState) async throws -> CappedCount {
        var query = DeliveryQuery()
        query.states = [state]
        query.limit = 1
        return try await store.deliveries(query).count
    }

    private static func readings(_ facts: Facts, now: Timestamp) -> [MetricReading] {
        let open = facts.endpoints.map(\.pending).reduce(0, +)
        var readings = OrderStatus.allCases.map {
            MetricReading("mailroom_orders", [$0.rawValue], Double(facts.orders[$0]?.value ?? 0))
        }
        readings += [
            MetricReading("mailroom_readings_timestamp_seconds", seconds(facts.at)),
            MetricReading("mailroom_outbox_deliveries", ["pending"], Double(max(0, open - facts.inFlight.value))),
            MetricReading("mailroom_outbox_deliveries", ["in_flight"], Double(facts.inFlight.value)),
            MetricReading("mailroom_outbox_deliveries", ["exhausted"], Double(facts.exhausted.value)),
        ]
        let oldest = facts.endpoints.compactMap(\.oldestPendingAt).min()
        let age = oldest.map { max(0, seconds(now) - seconds($0)) } ?? 0
        readings.append(MetricReading("mailroom_outbox_oldest_age_seconds", age))
        readings.append(MetricReading("mailroom_retention_due_orders", Double(facts.retention.due)))
        readings.append(MetricReading("mailroom_retention_overdue_orders", Double(facts.retention.overdue)))
        readings.append(MetricReading("mailroom_retention_remains", facts.retention.hasRemains ? 1 : 0))
        if let time = facts.retention.lastRoundAt {
            readings.append(MetricReading("mailroom_retention_last_round_timestamp_seconds", seconds(time)))
        }
        for endpoint in facts.endpoints {
            for state in [EndpointState.active, .down, .paused] {
                readings.append(
                    MetricReading(
                        "mailroom_endpoint_state", [endpoint.name, state.rawValue], endpoint.state == state ? 1 : 0))
            }
            readings.append(
                MetricReading(
                    "mailroom_endpoint_consecutive_failures", [endpoint.name], Double(endpoint.failuresInARow)))
            if let time = endpoint.lastSuccessAt {
                readings.append(
                    MetricReading("mailroom_endpoint_last_success_timestamp_seconds", [endpoint.name], seconds(time)))
            }
        }
        return readings
    }

    private static func seconds(_ time: Timestamp) -> Double { Double(time.milliseconds) / 1000 }
}
