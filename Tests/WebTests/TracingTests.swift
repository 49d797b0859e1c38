import Fulfillment
import HTTPTypes
import Hummingbird
import InMemoryTracing
import Logging
import Orders
import TestSupport
import Testing
import Tracing

@testable import Web

/// Every request has its place in a trace: in the log, in what it announces, and for a tracer.
@Suite struct TracingTests {
    private static let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let traceparent = HTTPField.Name("traceparent")!

    private func claimed(_ desk: Desk) async throws -> [Claim] {
        try await desk.store.claim(ClaimRequest(endpoint: "fulfillment", limit: 9, now: desk.clock.now)).claims
    }

    private func field(_ name: String, of line: String) -> String? {
        line.split(separator: " ").first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test func aGivenTraceGoesIntoTheLogAndWithTheAnnouncement() async throws {
        try await Desk.open { desk in
            _ = try await desk.post("/v1/orders", Desk.form(), headers: [Self.traceparent: Self.given])
            let lines = desk.journal.all
            let committed = try #require(lines.first { $0.contains("committed") })
            let request = try #require(lines.first { $0.contains("info request") })
            let claim = try #require(try await claimed(desk).first)
            let trace = try #require(claim.trace)
            #expect(trace.traceID == Self.traceID && trace.isSampled && trace.spanID != "00f067aa0ba902b7")
            for line in [committed, request] { #expect(field("traceparent", of: line) == trace.traceparent) }
            #expect(field("webhook_id", of: committed) == claim.id.description)
        }
    }

    @Test(arguments: [[], ["no trace"], [given, given]])
    func withoutOneTraceThatCanBeReadANewOneBegins(headers: [String]) async throws {
        try await Desk.open { desk in
            var fields: HTTPFields = [:]
            for header in headers { fields.append(HTTPField(name: Self.traceparent, value: header)) }
            _ = try await desk.post("/v1/orders", Desk.form(), headers: fields)
            _ = try await desk.post("/v1/orders", Desk.form(name: "Another"), headers: fields)
            let traces = try await claimed(desk).compactMap(\.trace)
            #expect(traces.count == 2)
            #expect(Set(traces.map(\.traceID)).subtracting([Self.traceID]).count == 2)
            #expect(traces.allSatisfy { !$0.isSampled })
        }
    }

    @Test func whatStaffAnnounceBelongsToTheirRequest() async throws {
        try await Desk.open { desk in
            let placed = try await desk.place()
            let first = try #require(try await claimed(desk).first)
            let attempt = DeliveryAttempt(startedAt: desk.clock.now, endedAt: desk.clock.now, status: 200, error: nil)
            _ = try await desk.store.settle(first, as: .delivered, attempt: attempt)
            let answer = try await desk.staff(
                .post, "/v1/staff/orders/\(placed.number)/cancel", headers: [Self.traceparent: Self.given])
            #expect(answer.status == 200)
            let second = try #require(try await claimed(desk).first)
            #expect(second.trace?.traceID == Self.traceID)
            #expect(first.trace?.traceID != Self.traceID)
        }
    }

    @Test func aTracerSeesTheRequestAndTheStoreWithinIt() async throws {
        let tracer = InMemoryTracer()
        try await Desk.open(tracer: tracer) { desk in
            _ = try await desk.place()
            _ = try await desk.get("/v1/orders/4829150475?q=Ana")
        }
        let spans = tracer.finishedSpans
        let place = try #require(spans.first { $0.operationName == "POST /v1/orders" })
        let store = try #require(spans.first { $0.operationName == "store.place" })
        #expect(store.spanContext.parentSpanID == place.spanContext.spanID)
        #expect(store.spanContext.traceID == place.spanContext.traceID)
        #expect(place.kind == .server)
        #expect(place.attributes.get("http.response.status_code") == .int64(201))
        #expect(place.attributes.get("http.route") == .string("/v1/orders"))
        #expect(spans.contains { $0.operationName == "GET /v1/orders/{number}" })
        #expect(!spans.contains { "\($0.attributes)".contains("Ana") || $0.operationName.contains("4829") })
    }
}
