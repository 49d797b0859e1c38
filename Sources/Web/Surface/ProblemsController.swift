import Hummingbird
import Orders

/// `GET /problems/{slug}`: what the `type` of a problem document leads to.
struct ProblemsController: Sendable {
    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let kind = context.pathPart("slug").flatMap({ ProblemKind(rawValue: $0) }) else {
            throw Problem.notFound
        }
        return .text("\(kind.title) (\(kind.status.code))\n\n\(kind.explanation)\n")
    }
}
