import CurlTransport
import Foundation
import Fulfillment
import Orders
import TestSupport
import Testing

@testable import mailroom

/// `GET /metrics` of the running program.
@Suite(.timeLimit(.hanging)) struct MetricsDoorTests {
    private let program: MailroomProgram
    private let client: CurlTransport

    init() throws {
        program = try MailroomProgram()
        client = try CurlTransport(maximumInFlight: 4, userAgent: "test")
        _ = try program.run("migrate")
    }

    private func serve(metricsPort: String) async throws -> (server: RunningProgram, ready: JSONValue) {
        let server = try await program.start(
            "serve", "--json", "--http-port", "0", "--metrics-port", metricsPort, "--fulfillment-url",
            "http://127.0.0.1:9/none", "--fulfillment-secrets", Samples.secret, "--inbound-secrets", Samples.secret,
            until: "ready")
        return (server, try JSONReader.read(Array(await server.line(with: "ready").utf8)))
    }

    private func get(_ url: String) async throws -> WebhookResponse {
        try await client.post(WebhookRequest(method: "GET", url: url, responseLimitBytes: 1 << 20))
    }

    private func lines(_ ready: JSONValue) async throws -> [String] {
        let page = try await get(try #require(ready["metrics"]?.stringValue))
        #expect(page.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        return String(decoding: page.body, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func whatHappensIsCountedAtItsOwnDoorOnly() async throws {
        let (server, ready) = try await serve(metricsPort: "0")
        let url = try #require(ready["url"]?.stringValue)
        #expect(try await get(url + "/metrics").status == 404)
        #expect(try await get(url + "/v1/orders/4829150475?name=Ana").status == 404)
        _ = try await client.post(WebhookRequest(url: url + "/v1/orders", body: Array("{}".utf8)))
        let refused = try await client.post(
            WebhookRequest(
                url: url + "/v1/orders", headers: [(name: "Content-Type", value: "application/json")],
                body: Array("{}".utf8)))
        #expect(refused.status == 422)

        let page = try await lines(ready)
        for line in [
            #"mailroom_refusals_total{reason="invalid-order"} 1"#,
            #"mailroom_refusals_total{reason="weight-limit-exceeded"} 0"#,
            #"mailroom_refusals_total{reason="not-found"} 2"#, "mailroom_orders_placed_total 0",
            #"mailroom_orders{status="placed"} 0"#, #"mailroom_outbox_deliveries{state="exhausted"} 0"#,
            "mailroom_outbox_oldest_age_seconds 0",
            #"mailroom_endpoint_state{endpoint="fulfillment",state="active"} 1"#,
            #"mailroom_delivery_attempts_total{outcome="retry"} 0"#,
            #"http_server_active_requests{http_request_method="POST"} 0"#,
            #"http_server_request_duration_seconds_count{http_request_method="GET",http_route="",http_response_status_code="404"} 1"#,
            #"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/v1/orders/{number}",http_response_status_code="404"} 1"#,
            #"http_server_request_duration_seconds_count{http_request_method="POST",http_route="/v1/orders",http_response_status_code="422"} 1"#,
        ] { #expect(page.contains(line), "\(line)") }
        for name in ["mailroom_wal_size_bytes", "mailroom_disk_free_bytes", "process_open_fds", "mailroom_build_info"] {
            #expect(page.contains { $0.hasPrefix(name) && !$0.hasSuffix(" 0") }, "\(name)")
        }
        #expect(!page.contains { $0.contains("Ana") || $0.contains("4829") })
        #expect(await server.stop() == 0)
    }

    /// `backup` is another process, and the page is read anew each time.
    @Test func aBackupThatIsMadeMeanwhileIsSeen() async throws {
        let (server, ready) = try await serve(metricsPort: "0")
        let name = "mailroom_backup_last_success_timestamp_seconds "
        #expect(try await lines(ready).contains(name + "0"))
        #expect(try program.run("backup", "copy.db").status == 0)
        let page = try await lines(ready)
        let line = try #require(page.first { $0.hasPrefix(name) })
        let seconds = try #require(Double(line.dropFirst(name.count)))
        #expect(abs(Double(SystemClock().now.milliseconds) / 1000 - seconds) < 3600)
        #expect(await server.stop() == 0)
    }

    /// Everything that is described is there: a metric that is missing until something happens cannot be alerted on.
    @Test func everyMetricIsThereAfterOneRequest() async throws {
        let (server, ready) = try await serve(metricsPort: "0")
        _ = try await get(try #require(ready["url"]?.stringValue) + "/livez")
        var page = try await lines(ready)
        // The first round of erasing begins with the service, and ends when it ends.
        while !page.contains(where: { $0.hasPrefix("mailroom_retention_last_round") }) { page = try await lines(ready) }
        let later: Set = ["mailroom_endpoint_last_success_timestamp_seconds"]
        for metric in KnownMetrics.all where !later.contains(metric.name) {
            #expect(page.contains("# TYPE \(metric.name) \(metric.kind.rawValue)"), "\(metric.name)")
        }
        #expect(await server.stop() == 0)
    }

    @Test func aTakenPortKeepsNobodyFromOrdering() async throws {
        let (first, ready) = try await serve(metricsPort: "0")
        let taken = try #require(URL(string: ready["metrics"]?.stringValue ?? "")?.port)
        let other = try MailroomProgram()
        _ = try other.run("migrate")
        let second = try await other.start(
            "serve", "--json", "--http-port", "0", "--metrics-port", "\(taken)", "--fulfillment-url",
            "http://127.0.0.1:9/none", "--fulfillment-secrets", Samples.secret, "--inbound-secrets", Samples.secret,
            until: "ready")
        let doors = try JSONReader.read(Array(await second.line(with: "ready").utf8))
        #expect(doors["metrics"] == .null)
        #expect(try await get(try #require(doors["url"]?.stringValue) + "/readyz").status == 200)
        #expect(await second.stop() == 0)
        #expect(second.errorText.contains("choose another port, such as --metrics-port"))
        #expect(await first.stop() == 0)
    }
}
