import Orders
import Testing

@Suite struct TraceContextTests {
    private let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func theStandardsExampleComesBackAsItWas() throws {
        let trace = try #require(TraceContext(traceparent: text))
        #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.spanID == "00f067aa0ba902b7")
        #expect(trace.isSampled)
        #expect(trace.traceparent == text)
        #expect(TraceContext(bytes: trace.bytes) == trace)
        #expect(trace.bytes.count == 25)
    }

    @Test func aLaterVersionCountsByItsFirstFourFields() {
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-what-comes"
        #expect(TraceContext(traceparent: later)?.traceparent == text)
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
    ])
    func whatIsNoPlaceInATraceIsNone(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func whatIsKeptButDamagedIsNone() {
        #expect(TraceContext(bytes: []) == nil)
        #expect(TraceContext(bytes: Array(repeating: 0, count: 25)) == nil)
        #expect(TraceContext(bytes: Array(repeating: 1, count: 24)) == nil)
    }
}
