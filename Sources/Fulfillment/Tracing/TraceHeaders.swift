package import Orders
package import Tracing

/// How a trace goes on from one process to the next: the `traceparent` of W3C Trace Context, and besides it whatever the
/// tracer in use reads and writes. Without a tracer our own header does it alone. `tracestate` is not carried: the outbox
/// keeps 25 bytes a delivery, and what other vendors note there is none of the house's business.
package enum TraceHeaders {
    /// The span that an incoming request begins, and its place in the trace.
    package static func begin(
        _ name: String, given: TraceContext?, context: InstrumentationContext, tracer: any Tracer, kind: SpanKind
    ) -> (span: any Span, trace: TraceContext) {
        let span: any Span = tracer.startSpan(name, context: context, ofKind: kind)
        var carrier: [String: String] = [:]
        tracer.inject(span.context, into: &carrier, using: DictionaryInjector())
        let trace = carrier["traceparent"].flatMap(TraceContext.init(traceparent:)) ?? following(given)
        return (span, trace)
    }

    /// The next span of a trace; the first of a new one when there is none.
    package static func following(_ given: TraceContext?) -> TraceContext {
        let span = IdentityStream.next()
        if let given { return given.with(span: span) }
        let begun = TraceContext(
            traceHigh: IdentityStream.next(), traceLow: IdentityStream.next(), span: span, isSampled: false)
        guard let begun else { preconditionFailure("an identity is never zero") }
        return begun
    }

    /// The span of one attempt, a child of what caused the delivery, and the headers that tell the house of it.
    package static func attempt(
        _ name: String, of cause: TraceContext?, tracer: any Tracer
    ) -> (span: any Span, trace: TraceContext, headers: [(name: String, value: String)]) {
        var context = InstrumentationContext.topLevel
        if let cause {
            tracer.extract(["traceparent": cause.traceparent], into: &context, using: DictionaryExtractor())
        }
        let span: any Span = tracer.startSpan(name, context: context, ofKind: .producer)
        var carrier: [String: String] = [:]
        tracer.inject(span.context, into: &carrier, using: DictionaryInjector())
        let trace = carrier["traceparent"].flatMap(TraceContext.init(traceparent:)) ?? following(cause)
        carrier["traceparent"] = trace.traceparent
        return (span, trace, carrier.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
    }
}

package struct DictionaryExtractor: Extractor {
    package init() {}

    package func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

package struct DictionaryInjector: Injector {
    package init() {}

    package func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key] = value
    }
}
