import Foundation
import Orders

/// What `top` shows, asked of the running server in one round.
struct LiveView: Sendable {
    let at: Timestamp
    /// What `/readyz` finds wrong; empty when it is ready.
    let troubles: [String]
    let lastMinute: CappedCount
    let lastHour: CappedCount
    let today: CappedCount
    /// Orders by status, in the order of the statuses.
    let statuses: [(status: String, count: CappedCount)]
    let endpoints: [House]
    let exhausted: CappedCount
    let unmatched: CappedCount
    let recent: [Recent]

    struct House: Sendable {
        let name: String
        let state: String
        let pending: Int
        let failuresInARow: Int
        let oldestPendingAt: Timestamp?
        let lastSuccessAt: Timestamp?
    }

    struct Recent: Sendable {
        let number: String
        let status: String
        let placedAt: Timestamp
        let copies: Int
        let flags: String
    }

    /// - Parameter count: how many recent orders to ask for.
    static func ask(
        _ connection: ServerConnection, recent count: Int, local: LocalTime, at now: Timestamp
    ) async throws(Failure) -> LiveView {
        func orders(since start: Timestamp, limit: Int = 1) async throws(Failure) -> JSONValue {
            try await connection.send("GET", "/v1/staff/orders?placed_from=\(start)&limit=\(limit)")
        }
        let ready = try await connection.readiness()
        let counts = try await connection.send("GET", "/v1/staff/counts")["data"]
        let endpoints = try await connection.send("GET", "/v1/staff/endpoints")["data"]?.arrayValue ?? []
        let exhausted = try await connection.send("GET", "/v1/staff/deliveries?state=exhausted&limit=1")
        let unmatched = try await connection.send("GET", "/v1/staff/updates?matched=false&limit=1")
        let minute = try await orders(since: now.adding(seconds: -60))
        let hour = try await orders(since: now.adding(seconds: -3600))
        let today = try await orders(since: local.startOfDay(at: now))
        let latest = try await connection.send("GET", "/v1/staff/orders?limit=\(max(1, count))")
        return LiveView(
            at: now, troubles: troubles(ready), lastMinute: self.count(minute), lastHour: self.count(hour),
            today: self.count(today),
            statuses: OrderStatus.allCases.map { ($0.rawValue, CappedCount(counts?[$0.rawValue])) },
            endpoints: endpoints.map(House.init), exhausted: self.count(exhausted), unmatched: self.count(unmatched),
            recent: (latest["data"]?.arrayValue ?? []).prefix(count).map(Recent.init))
    }

    private static func count(_ page: JSONValue) -> CappedCount { CappedCount(page["count"]) }

    private static func troubles(_ ready: JSONValue) -> [String] {
        (ready["checks"]?.arrayValue ?? []).compactMap { check in
            check["status"]?.stringValue == "pass"
                ? nil : "\(check["name"]?.stringValue ?? "?"): \(check["detail"]?.stringValue ?? "fails")"
        }
    }
}

extension CappedCount {
    /// Reads `{"value", "capped"}`; nothing counts as none.
    fileprivate init(_ json: JSONValue?) {
        let value = json?["value"]?.intValue ?? 0
        self.init(json?["capped"]?.boolValue == true ? CappedCount.cap + 1 : value)
    }

    /// `10000+` when there are more.
    var text: String { isCapped ? "\(value)+" : "\(value)" }
}

extension LiveView.House {
    init(_ json: JSONValue) {
        self.init(
            name: json["name"]?.stringValue ?? "?", state: json["state"]?.stringValue ?? "?",
            pending: json["pending"]?.intValue ?? 0, failuresInARow: json["failures_in_a_row"]?.intValue ?? 0,
            oldestPendingAt: json["oldest_pending_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) },
            lastSuccessAt: json["last_success_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) })
    }
}

extension LiveView.Recent {
    init(_ json: JSONValue) {
        self.init(
            number: json["number"]?.stringValue ?? "?", status: json["status"]?.stringValue ?? "?",
            placedAt: json["placed_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(milliseconds: 0),
            copies: json["copies"]?.intValue ?? 0,
            flags: (json["flags"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: " "))
    }
}

extension LiveView {
    /// - Parameter width: the terminal's columns; nil for as many as it takes.
    func text(local: LocalTime, width: Int?) -> String {
        let time = "\(local.text(at, withSeconds: true)) \(local.zone(at: at))"
        let health = troubles.isEmpty ? "ready" : "NOT READY: " + troubles.joined(separator: "; ")
        let intake =
            "intake    \(lastMinute.text) in the last minute, \(lastHour.text) in the last hour, \(today.text) today"
        let attention = "attention \(exhausted.text) deliveries given up, \(unmatched.text) updates fit no order"
        return "\(time)  \(health)\n\n\(intake)\n\(attention)\n\n"
            + houses(width) + "\n" + states(width) + (recent.isEmpty ? "" : "\n" + newest(local, width))
    }

    private func houses(_ width: Int?) -> String {
        func age(_ time: Timestamp?) -> String {
            time.map { TimeSpan.text(milliseconds: at.milliseconds - $0.milliseconds) } ?? "–"
        }
        let rows = endpoints.map { house in
            [
                house.name, house.state == "active" ? "active" : house.state.uppercased(), "\(house.pending)",
                age(house.oldestPendingAt), "\(house.failuresInARow)", age(house.lastSuccessAt),
            ]
        }
        return TextTable(
            headings: ["endpoint", "state", "waiting", "oldest", "failures", "last success"], rows: rows, elastic: [0]
        ).text(width: width)
    }

    private func states(_ width: Int?) -> String {
        let shown = statuses.filter { $0.count.value > 0 }
        guard !shown.isEmpty else { return "no orders yet\n" }
        return TextTable(headings: ["status", "orders"], rows: shown.map { [$0.status, $0.count.text] })
            .text(width: width)
    }

    private func newest(_ local: LocalTime, _ width: Int?) -> String {
        let rows = recent.map { [$0.number, local.text($0.placedAt), $0.status, "\($0.copies)", $0.flags] }
        return TextTable(headings: ["newest", "placed", "status", "copies", "flags"], rows: rows, elastic: [4])
            .text(width: width)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.field("at", at)
            $0.field("ready", troubles.isEmpty)
            $0.array("troubles", troubles)
            let counts: [(StaticString, CappedCount)] = [
                ("last_minute", lastMinute), ("last_hour", lastHour), ("today", today),
                ("deliveries_exhausted", exhausted), ("updates_unmatched", unmatched),
            ]
            for (name, count) in counts {
                $0.object(name) { json in
                    json.field("value", count.value)
                    json.field("capped", count.isCapped)
                }
            }
            $0.object("orders") { json in
                for (status, count) in statuses { json.member(status) { $0.integer(Int64(count.value)) } }
            }
            $0.array("endpoints", endpoints) { house, json in
                json.object {
                    $0.field("name", house.name)
                    $0.field("state", house.state)
                    $0.field("pending", house.pending)
                    $0.field("failures_in_a_row", house.failuresInARow)
                    $0.field("oldest_pending_at", house.oldestPendingAt)
                    $0.field("last_success_at", house.lastSuccessAt)
                }
            }
        }
    }
}
