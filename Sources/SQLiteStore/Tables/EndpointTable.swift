import GRDB
import Orders

/// The table `endpoints`.
struct EndpointTable {
    let db: Database

    /// A pause stays until staff end it.
    func record(_ health: EndpointHealth) throws {
        try db.run(
            """
            INSERT INTO endpoints (name, url, is_down, is_paused, last_success_at, failures_in_a_row, hold_until)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET url = excluded.url, is_down = excluded.is_down,
                is_paused = max(is_paused, excluded.is_paused),
                last_success_at = ifnull(excluded.last_success_at, last_success_at),
                failures_in_a_row = excluded.failures_in_a_row, hold_until = excluded.hold_until
            """,
            [
                health.name, health.url, health.isDown, health.pauses, health.lastSuccessAt?.milliseconds,
                health.failuresInARow, health.holdUntil?.milliseconds,
            ])
    }

    /// Who resumes an endpoint lifts its hold as well. False when there is no such endpoint.
    func setPaused(_ paused: Bool, _ name: String) throws -> Bool {
        try db.run(
            "UPDATE endpoints SET is_paused = ?1, hold_until = iif(?1, hold_until, NULL) WHERE name = ?2",
            [paused, name]) == 1
    }

    func endpoints() throws -> [Endpoint] {
        try db.rows(
            """
            SELECT name, url, is_down, is_paused, last_success_at, failures_in_a_row, hold_until,
                (SELECT count(*) FROM deliveries
                    WHERE endpoint = endpoints.id AND \(OpenDeliveries.pendingOrInFlight)),
                (SELECT min(id) FROM deliveries
                    WHERE endpoint = endpoints.id AND \(OpenDeliveries.pendingOrInFlight))
            FROM endpoints ORDER BY id
            """
        ) { columns in
            let name = try columns.text()
            let url = try columns.text()
            let isDown = try columns.bool()
            let isPaused = try columns.bool()
            let lastSuccessAt = try columns.optionalTimestamp()
            let failuresInARow = try columns.int()
            let holdUntil = try columns.optionalTimestamp()
            return try Endpoint(
                name: name, url: url, state: isPaused ? .paused : isDown ? .down : .active,
                lastSuccessAt: lastSuccessAt, failuresInARow: failuresInARow, pending: columns.int(),
                oldestPendingAt: columns.optionalInteger().map { EventID(value: $0).timestamp },
                holdUntil: holdUntil)
        }
    }
}
