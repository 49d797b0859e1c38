import Fulfillment
import Hummingbird
import Orders

/// What the house was told, is being told, or could not be told.
struct StaffDeliveriesController: Sendable {
    private let store: any Store
    private let clock: any Clock

    init(_ parts: WebParts) {
        store = parts.store
        clock = parts.clock
    }

    func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let parameters = try QueryParameters(request)
        var reader = FieldReader()
        let page = PageFields(parameters, with: &reader)
        var query = DeliveryQuery()
        for text in parameters.all("state") {
            if let state: DeliveryState = reader.choice(text, at: "/state") { query.states.insert(state) }
        }
        query.limit = page.limit(with: &reader)
        query.before = page.cursor(of: .deliveries, with: &reader).map { EventID(value: $0) }
        try reader.finish()
        let found = try await store.deliveries(query)
        return StaffPage.answer(
            found.deliveries, next: found.next.map { Cursor(.deliveries, after: $0.value) }, count: found.count,
            link: ("/v1/staff/deliveries", parameters)
        ) { $0.write(to: &$1) }
    }

    func redeliver(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let id = context.pathPart("id").flatMap({ EventID($0) }) else { throw Problem.notFound }
        switch try await store.redeliver(id, by: context.actor, at: clock.now) {
        case .done(let delivery): return .json { delivery.write(to: &$0) }
        case .notFound: throw Problem.notFound
        case .inFlight:
            throw Problem.transitionNotAllowed(
                currentStatus: DeliveryState.inFlight.rawValue, "it is being tried right now")
        case .erased(let status):
            throw Problem.transitionNotAllowed(
                currentStatus: status.rawValue,
                "the personal data of its order was erased: there is no address left to send anything to")
        }
    }
}
