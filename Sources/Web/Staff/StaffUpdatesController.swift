import Fulfillment
import Hummingbird
import Orders

/// Messages of the house that fit no order, and what staff make of them.
struct StaffUpdatesController: Sendable {
    private let store: any Store
    private let clock: any Clock
    private let bodies: RequestBodies

    init(_ parts: WebParts) {
        store = parts.store
        clock = parts.clock
        bodies = RequestBodies(parts)
    }

    func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let parameters = try QueryParameters(request)
        var reader = FieldReader()
        let page = PageFields(parameters, with: &reader)
        var query = InboundUpdateQuery()
        query.matched = parameters.flag("matched", with: &reader)
        query.limit = page.limit(with: &reader)
        query.before = page.cursor(of: .updates, with: &reader)
        try reader.finish()
        let found = try await store.inboundUpdates(query)
        return StaffPage.answer(
            found.updates, next: found.next.map { Cursor(.updates, after: $0) }, count: found.count,
            link: ("/v1/staff/updates", parameters)
        ) { $0.write(to: &$1) }
    }

    func match(_ request: Request, _ context: WebContext) async throws -> Response {
        let id = try Self.id(context)
        let text = try StaffForm.text("order_number", in: try await bodies.json(of: request))
        guard let number = OrderNumber(text) else { throw Self.unknownOrder }
        let outcome = try await store.match(id, to: number, by: context.actor, at: clock.now) { kept in
            try? ShippingUpdate.read(kept.bytes, id: kept.webhookID, receivedAt: kept.receivedAt)
        }
        return try Self.answer(outcome)
    }

    func dismiss(_ request: Request, _ context: WebContext) async throws -> Response {
        try Self.answer(try await store.dismiss(try Self.id(context), by: context.actor, at: clock.now))
    }

    private static func id(_ context: WebContext) throws -> Int64 {
        guard let id = context.pathPart("id").flatMap({ Int64($0) }) else { throw Problem.notFound }
        return id
    }

    private static func answer(_ outcome: MatchOutcome) throws -> Response {
        switch outcome {
        case .done(let update): return .json { update.write(to: &$0) }
        case .notFound: throw Problem.notFound
        case .orderNotFound: throw unknownOrder
        case .settledAlready: throw Problem(.updateSettled)
        case .notUnderstood:
            throw Problem(
                .invalidFields, "The message is not understood, so it cannot be applied to any order; dismiss it.")
        }
    }

    private static let unknownOrder = Problem(
        .invalidFields, "There is no such order.",
        errors: [FieldProblem("/order_number", "unknown_order", "no order has this number")])
}

extension InboundUpdate {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.field("id", String(id))
            $0.field("webhook_id", webhookID)
            $0.field("type", type)
            $0.field("order_number", orderNumber)
            $0.field("state", state.rawValue)
            $0.field("reason", reason)
            $0.field("received_at", receivedAt)
            $0.field("sent_at", sentAt)
            $0.name("message")
            $0.value((try? JSONReader.read(bytes)) ?? .null)
        }
    }
}
