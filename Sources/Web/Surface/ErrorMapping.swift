import HTTPTypes
import Hummingbird
import Logging
import Orders

/// The one place that turns errors into answers. Whatever is thrown below comes out as a problem document.
struct ErrorMapping: RouterMiddleware {
    typealias Context = WebContext

    static let longestTargetBytes = 8 << 10
    static let largestHeadersBytes = 32 << 10
    static let mostHeaders = 128

    let table: RouteTable
    let pages: ErrorPages
    let logger: Logger
    var meter = RequestMeter()

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
            return answer(problem, request, context)
        }
    }

    private func judgeHead(_ request: Request) throws {
        if request.head.path?.utf8.count ?? 0 > Self.longestTargetBytes { throw Problem(.uriTooLong) }
        let size = request.headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4 }
        if size > Self.largestHeadersBytes { throw Problem(.headersTooLarge) }
        guard Self.isPlain(request.uri.path) else { throw Problem.nothing }
    }

    /// One spelling for each address: the router passes over empty parts, so a proxy that guards `/v1/staff` might let
    /// `//v1/staff` or `/v1//staff` through. People may put a slash behind a page's address, programs not.
    static func isPlain(_ path: String) -> Bool {
        var previous: UInt8 = 0
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/") && previous == byte { return false }
            previous = byte
        }
        return previous != UInt8(ascii: "/") || !path.hasPrefix("/v1/")
    }

    /// The router knows "no route" only; the table knows whether the path exists for other methods.
    private func unrouted(_ request: Request, _ context: WebContext) -> Response {
        guard let (template, methods) = table.entry(at: request.uri.path) else {
            return answer(Problem.nothing, request, context)
        }
        // Not before it is answered: who uses a method that no page takes is a program.
        defer { context.coreContext.endpointPath.value = template }
        let allowed = methods.map(\.rawValue).joined(separator: ", ")
        if request.method == .options { return Response(status: .noContent, headers: [.allow: allowed]) }
        var problem = Problem(.methodNotAllowed, "This address takes \(allowed).")
        problem.headers[.allow] = allowed
        return answer(problem, request, context)
    }

    private func answer(_ problem: Problem, _ request: Request, _ context: WebContext) -> Response {
        meter.refused(problem.kind)
        return pages.respond(to: problem, request, context)
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
