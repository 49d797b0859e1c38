import Hummingbird

/// Turns requests away before anything is read or asked for them, while more wait than may. Health is answered all the
/// same: a service that is busy must not be restarted for it.
struct Shedding: RouterMiddleware {
    typealias Context = WebContext

    let backlog: Backlog
    let pages: ErrorPages
    var meter = RequestMeter()

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard backlog.isFull, context.template != "/livez", context.template != "/readyz" else {
            return try await next(request, context)
        }
        meter.refused(.unavailable)
        return pages.respond(
            to: Problem.unavailable("The service is busy. Please try again in a moment."), request, context)
    }
}
