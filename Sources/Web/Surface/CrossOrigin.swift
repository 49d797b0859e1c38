import HTTPTypes
import Hummingbird

/// Lets the pages of configured sites call the readers' API with `fetch` (CORS), and nothing else.
struct CrossOrigin: RouterMiddleware {
    typealias Context = WebContext

    let origins: Set<String>
    let table: RouteTable

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard !origins.isEmpty, let template = context.template, table.audience(of: template) == .readers else {
            return response
        }
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = request.headers[.origin], origins.contains(origin) else { return response }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] =
            "ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
        // A preflight has no route of its own; `ErrorMapping` answered it with the path's methods.
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            response.headers[.accessControlAllowMethods] = response.headers[.allow]
            response.headers[.accessControlAllowHeaders] =
                "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-ID"
            response.headers[.accessControlMaxAge] = "600"
        }
        return response
    }
}
