import HTTPTypes
import Hummingbird
import Logging
import Orders

/// The one place that turns errors into answers. Whatever is thrown below comes out as a problem document.
struct ErrorMapping: RouterMiddleware {
    typealias Context = WebContext

    static let longestTargetBytes = 8 << 10
    static let largestHeadersBytes = 32 << 10

    let table: RouteTable
    let logger: Logger

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            try judgeHead(request)
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return unrouted(request, context)
        } catch {
            let problem = problem(for: error, requestID: context.requestID)
            var response = problem.response(requestID: context.requestID)
            if problem.kind == .contentTooLarge || problem.kind == .requestTimeout {
                response.headers[.connection] = "close"
                context.closeSoon()
            }
            return response
        }
    }

    private func judgeHead(_ request: Request) throws {
        if request.head.path?.utf8.count ?? 0 > Self.longestTargetBytes { throw Problem(.uriTooLong) }
        let size = request.headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4 }
        if size > Self.largestHeadersBytes { throw Problem(.headersTooLarge) }
    }

    /// The router knows "no route" only; the table knows whether the path exists for other methods.
    private func unrouted(_ request: Request, _ context: WebContext) -> Response {
        guard let (template, methods) = table.entry(at: request.uri.path) else {
            return Problem(.notFound, "There is nothing at this address.").response(requestID: context.requestID)
        }
        context.coreContext.endpointPath.value = template
        let allowed = methods.map(\.rawValue).joined(separator: ", ")
        if request.method == .options { return Response(status: .noContent, headers: [.allow: allowed]) }
        var problem = Problem(.methodNotAllowed, "This address takes \(allowed).")
        problem.headers[.allow] = allowed
        return problem.response(requestID: context.requestID)
    }

    private func problem(for error: any Error, requestID: String) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let malformed as MalformedRequest: return .malformed(malformed.problems)
        case let invalid as InvalidFields:
            return Problem(.invalidFields, "Some fields are not valid.", errors: invalid.problems)
        case StoreError.unavailable: return .unavailable("The service is busy. Please try again in a moment.")
        case StoreError.cancelled, is CancellationError: return .unavailable("The request was given up.")
        case StoreError.corrupt(let detail):
            logger.critical("the store is corrupt", metadata: ["detail": "\(detail)", "request_id": "\(requestID)"])
            return Problem(.internalError)
        default:
            // Its description might quote what was sent, so the log gets the type alone.
            logger.error(
                "unexpected error",
                metadata: ["type": "\(String(reflecting: type(of: error)))", "request_id": "\(requestID)"])
            return Problem(.internalError)
        }
    }
}
