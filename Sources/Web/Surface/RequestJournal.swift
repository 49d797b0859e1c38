import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders

/// Gives every request its id and every answer its headers, and writes one line of the log: never the URI, which may
/// hold names, e-mails or tokens.
struct RequestJournal: RouterMiddleware {
    typealias Context = WebContext

    let clock: any Clock
    let logger: Logger
    private let headers: HTTPFields

    init(clock: any Clock, logger: Logger, isHTTPS: Bool) {
        self.clock = clock
        self.logger = logger
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
        let start = clock.uptimeMilliseconds
        var context = context
        context.requestID = RequestID.given(in: request.headers) ?? RequestID.draw()
        var response = try await next(request, context)
        for field in headers where response.headers[field.name] == nil { response.headers.append(field) }
        response.headers[.requestID] = context.requestID
        logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)",
                "route": "\(context.template ?? "none")",
                "status": "\(response.status.code)",
                "duration_ms": "\(clock.uptimeMilliseconds - start)",
                "request_id": "\(context.requestID)",
            ])
        return response
    }
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
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
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
    static let webhookID = named("webhook-id")
    static let webhookTimestamp = named("webhook-timestamp")
    static let webhookSignature = named("webhook-signature")
}
