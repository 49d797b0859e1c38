import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders
import Tracing

/// Gives every request its id, its place in a trace and its measure, every answer its headers, and writes one line of the
/// log: never the URI, which may hold names, e-mails or tokens.
struct RequestJournal: RouterMiddleware {
    typealias Context = WebContext

    private let clock: any Clock
    private let logger: Logger
    private let meter: RequestMeter
    private let tracer: any Tracer
    private let headers: HTTPFields

    init(
        clock: any Clock, logger: Logger, isHTTPS: Bool, meter: RequestMeter = RequestMeter(),
        tracer: any Tracer = NoOpTracer()
    ) {
        self.clock = clock
        self.logger = logger
        self.meter = meter
        self.tracer = tracer
        var headers: HTTPFields = [
            .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
            .referrerPolicy: "no-referrer",
            .cacheControl: "no-store",
        ]
        if isHTTPS { headers[.strictTransportSecurity] = "max-age=31536000" }
        self.headers = headers
    }

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let start = clock.uptimeNanoseconds
        meter.began(request.method)
        var context = context
        context.requestID = RequestID.given(in: request.headers) ?? RequestID.draw()
        let (span, trace) = begin(request, &context)
        defer { span.end() }
        var response = try await next(request, context)
        for field in headers where response.headers[field.name] == nil { response.headers.append(field) }
        response.headers[.requestID] = context.requestID
        let nanoseconds = clock.uptimeNanoseconds - start
        meter.ended(
            request.method, route: context.template, status: response.status.code, nanoseconds: nanoseconds)
        note(request, context, response, in: span)
        logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)",
                "route": "\(context.template ?? "none")",
                "status": "\(response.status.code)",
                "duration_ms": "\(nanoseconds / 1_000_000)",
                "request_id": "\(context.requestID)",
                "traceparent": "\(trace.traceparent)",
            ])
        return response
    }

    private func begin(_ request: Request, _ context: inout WebContext) -> (span: any Span, trace: TraceContext) {
        // Two of them say nothing: which is ours?
        let given = request.headers[values: .traceparent]
        tracer.extract(request.headers, into: &context.instrumentation, using: HeaderExtractor())
        let (span, trace) = TraceHeaders.begin(
            request.method.rawValue, given: given.count == 1 ? TraceContext(traceparent: given[0]) : nil,
            context: context.instrumentation, tracer: tracer, kind: .server)
        context.instrumentation = span.context
        context.trace = trace
        return (span, trace)
    }

    /// The route is known only now. No address, no query: see the log.
    private func note(_ request: Request, _ context: WebContext, _ response: Response, in span: any Span) {
        guard span.isRecording else { return }
        span.operationName = request.method.rawValue + (context.template.map { " " + $0 } ?? "")
        span.attributes["http.request.method"] = request.method.rawValue
        if let template = context.template { span.attributes["http.route"] = template }
        span.attributes["http.response.status_code"] = response.status.code
        if response.status.code >= 500 { span.setStatus(.init(code: .error)) }
    }
}

/// Lets a tracer read a request's headers.
private struct HeaderExtractor: Extractor {
    func extract(key: String, from carrier: HTTPFields) -> String? { HTTPField.Name(key).flatMap { carrier[$0] } }
}

/// What ties an answer to its line in the log.
enum RequestID {
    /// The client's own, when it is 1–128 of `[A-Za-z0-9._-]`: it goes into the log as it is.
    static func given(in headers: HTTPFields) -> String? {
        guard let id = headers[.requestID], (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy({
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 46 || $0 == 95
                    || $0 == 45
            })
        else { return nil }
        return id
    }

    static func draw() -> String {
        let digits = String(IdentityStream.next(), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension HTTPField.Name {
    static func named(_ name: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name(name.description) else { preconditionFailure("\(name) is no header") }
        return name
    }

    static let requestID = named("X-Request-ID")
    static let referrerPolicy = named("Referrer-Policy")
    static let robotsTag = named("X-Robots-Tag")
    static let link = named("Link")
    static let idempotencyKey = named("Idempotency-Key")
    static let idempotencyReplayed = named("Idempotency-Replayed")
    static let forwardedFor = named("X-Forwarded-For")
    static let rateLimit = named("RateLimit")
    static let rateLimitPolicy = named("RateLimit-Policy")
    static let traceparent = named("traceparent")
    static let webhookID = named("webhook-id")
    static let webhookTimestamp = named("webhook-timestamp")
    static let webhookSignature = named("webhook-signature")
}
