import Hummingbird
import Orders

/// `POST /v1/quotes`: what would these lines weigh? Answers even over the limit.
struct QuotesController: Sendable {
    private let store: any Store
    private let limit: StatedWeight
    private let bodies: RequestBodies

    init(_ parts: WebParts) {
        store = parts.store
        limit = parts.settings.rules.weightLimit
        bodies = RequestBodies(parts)
    }

    func quote(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try QuoteForm.read(try await bodies.json(of: request))
        switch form.quoted(against: store.catalog, limit: limit) {
        case .quoted(let quote): return .json { quote.write(to: &$0) }
        case .invalid(let problems):
            throw Problem(.invalidOrder, "These lines cannot be ordered as they are.", errors: problems)
        }
    }
}
