import Fulfillment
import InMemoryTracing
import Orders
import TestSupport
import Testing
import Tracing

/// What an order was placed for is what its webhooks belong to, however much later they go out.
@Suite(.timeLimit(.hanging))
struct RelayTraceTests {
    private static let cause = TraceContext(
        traceHigh: 0x4bf9_2f35_77b3_4da6, traceLow: 0xa3ce_929d_0e0e_4736, span: 7, isSampled: true)

    private static func place(in store: any Store, at now: Timestamp, trace: TraceContext?) async throws {
        let order = SampleOrders.order(at: now)
        let event = OutboxEvent.placed(order, id: .draw(at: now), at: now, trace: trace)
        _ = try await store.place(order, announcing: event, key: nil)
    }

    private static func traces(of scene: RelayScene) throws -> [TraceContext] {
        try scene.house.log.entries.map {
            let header = try #require($0.header("traceparent"))
            return try #require(TraceContext(traceparent: header))
        }
    }

    @Test func everyAttemptIsASpanOfItsOwnInTheOrdersTraceAlsoAfterARestart() async throws {
        let scene = try await RelayScene(Receiver(script: [.status(500)])) { store, clock in
            try await Self.place(in: store, at: clock.now, trace: Self.cause)
        }
        try await scene.running {
            await scene.pass { scene.outbox.settled.entries.count == 2 }
            let traces = try Self.traces(of: scene)
            #expect(traces.count == 2)
            #expect(traces.allSatisfy { $0.traceID == Self.cause?.traceID && $0.isSampled })
            #expect(Set(traces.map(\.span) + [7]).count == 3)
        }
    }

    @Test func whatHasNoTraceBeginsOne() async throws {
        let scene = try await RelayScene(Receiver())
        try await scene.running {
            try await Self.place(in: scene.store, at: scene.clock.now, trace: nil)
            _ = await scene.outbox.settled.first(1)
            #expect(try Self.traces(of: scene).count == 1)
        }
    }

    @Test func aTracerSeesEachAttemptAndWhatCameOfIt() async throws {
        let tracer = InMemoryTracer()
        let scene = try await RelayScene(Receiver(script: [.status(500)]), tracer: tracer)
        try await scene.running {
            try await Self.place(in: scene.store, at: scene.clock.now, trace: Self.cause)
            await scene.pass { scene.outbox.settled.entries.count == 2 }
            _ = await scene.house.requests(2)
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["deliver", "deliver"])
        #expect(spans.map { $0.attributes.get("http.response.status_code") } == [.int64(500), .int64(200)])
        #expect(spans.map { $0.status?.code } == [.error, nil])
        let ids = spans.map { $0.attributes.get("messaging.message.id") }
        #expect(ids[0] != nil && ids[0] == ids[1])
        #expect(!spans.contains { "\($0.attributes)".contains("Ana") })
        // What the tracer itself wants to pass on goes with the request.
        #expect(scene.house.log.entries.allSatisfy { $0.header(InMemoryTracer.traceIDKey) != nil })
    }
}
