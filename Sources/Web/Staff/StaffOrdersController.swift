import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders

/// Orders as staff find, read and steer them.
struct StaffOrdersController: Sendable {
    private let store: any Store
    private let rules: OrderRules
    private let clock: any Clock
    private let bodies: RequestBodies
    private let calendar: OfficeCalendar
    private let logger: Logger

    init(_ parts: WebParts) {
        store = parts.store
        rules = parts.settings.rules
        clock = parts.clock
        bodies = RequestBodies(parts)
        calendar = OfficeCalendar(timeZone: parts.settings.timeZone)
        logger = parts.logger
    }

    // MARK: Finding

    func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let parameters = try QueryParameters(request)
        let query = try query(parameters)
        return Self.answer(try await store.orders(query), link: ("/v1/staff/orders", parameters))
    }

    /// The same as `list`, with names and e-mails in the body: they need not sit in a URL.
    func search(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await bodies.json(of: request)
        var reader = FieldReader()
        let query = try OrderFilter(json, with: &reader).query(calendar: calendar, with: &reader)
        return Self.answer(try await store.orders(query), link: nil)
    }

    /// Every order that fits, as a file for a spreadsheet.
    func csv(_ request: Request, _ context: WebContext) async throws -> Response {
        let sheet = OrderSheet(store: store, query: try query(try QueryParameters(request)))
        return try await sheet.response(logger: logger, requestID: context.requestID)
    }

    func counts(_ request: Request, _ context: WebContext) async throws -> Response {
        let counts = try await store.counts()
        return .json {
            $0.object {
                $0.object("data") {
                    for status in OrderStatus.allCases {
                        $0.member(status.rawValue) { $0.count(counts[status] ?? CappedCount(0)) }
                    }
                }
            }
        }
    }

    private func query(_ parameters: QueryParameters) throws -> OrderQuery {
        var reader = FieldReader()
        return try OrderFilter(parameters, with: &reader).query(calendar: calendar, with: &reader)
    }

    private static func answer(_ page: OrderPage, link: (String, QueryParameters)?) -> Response {
        StaffPage.answer(
            page.summaries, next: page.next.map { Cursor(.orders, after: $0.value) }, count: page.count, link: link
        ) { $0.write(to: &$1) }
    }

    // MARK: Reading

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let detail = try await store.detail(try context.orderNumber()) else { throw Problem.notFound }
        if try EntityTags.isKnown(detail.entityTag, to: request) {
            return Response(status: .notModified, headers: [.eTag: detail.entityTag])
        }
        return Self.answer(detail)
    }

    private static func answer(
        _ detail: OrderDetail, _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.eTag] = detail.entityTag
        return .json(status, headers: headers, reserving: 4096) { detail.write(to: &$0) }
    }

    // MARK: Steering

    func hold(_ request: Request, _ context: WebContext) async throws -> Response {
        let reason = try StaffForm.text("reason", in: try await bodies.json(of: request))
        return try await perform(request, context) { _ in .hold(reason: reason) }
    }

    func release(_ request: Request, _ context: WebContext) async throws -> Response {
        try await perform(request, context) { .release(event: .draw(at: $0)) }
    }

    func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
        let reason = try StaffForm.optionalText("reason", in: try await bodies.optionalJSON(of: request))
        return try await perform(request, context) { .cancel(reason: reason, event: .draw(at: $0)) }
    }

    func resend(_ request: Request, _ context: WebContext) async throws -> Response {
        try await perform(request, context) { _ in .resend }
    }

    func reship(_ request: Request, _ context: WebContext) async throws -> Response {
        try await perform(request, context) { .reship(.random(at: $0), event: .draw(at: $0)) }
    }

    func note(_ request: Request, _ context: WebContext) async throws -> Response {
        let text = try StaffForm.text("text", in: try await bodies.json(of: request), maximum: 2000)
        return try await perform(request, context) { _ in .note(text) }
    }

    func correctAddress(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try AddressForm.read(try await bodies.json(of: request), at: "")
        switch form.validated(rules: rules, at: "") {
        case .success(let shipTo): return try await perform(request, context) { _ in .correctAddress(shipTo) }
        case .failure(let invalid):
            throw Problem(.invalidOrder, "The address cannot be accepted as it is.", errors: invalid.problems)
        }
    }

    /// Forgets the person, for good. `{"force": true}` although the order is still under way.
    func erase(_ request: Request, _ context: WebContext) async throws -> Response {
        let number = try context.orderNumber()
        let force = try StaffForm.flag("force", in: try await bodies.optionalJSON(of: request))
        let outcome = try await store.erase(
            number, force: force, by: context.actor, at: clock.now, ifMatch: try EntityTags.read(.ifMatch, of: request))
        switch outcome {
        case .done(let detail), .reshipped(let detail, _): return Self.answer(detail)
        case .notFound: throw Problem.notFound
        case .refused(let refusal): throw Problem.refused(refusal)
        case .changedSince: throw Problem(.changedSince)
        case .identityTaken: throw Problem.unavailable("Please try again.")
        }
    }

    /// - Parameter action: draws the keys of what the action creates; asked again when one of them is taken.
    private func perform(
        _ request: Request, _ context: WebContext, _ action: (Timestamp) -> StaffAction
    ) async throws -> Response {
        let number = try context.orderNumber()
        let ifMatch = try EntityTags.read(.ifMatch, of: request)
        for _ in 0..<8 {
            let now = clock.now
            let outcome = try await store.perform(
                action(now), on: number, by: context.actor, at: now, ifMatch: ifMatch, trace: context.trace)
            switch outcome {
            case .done(let detail): return Self.answer(detail)
            case .reshipped(_, let new):
                return Self.answer(new, .created, headers: [.location: "/v1/staff/orders/\(new.order.number)"])
            case .notFound: throw Problem.notFound
            case .refused(let refusal): throw Problem.refused(refusal)
            case .changedSince: throw Problem(.changedSince)
            case .identityTaken: continue
            }
        }
        throw Problem.unavailable("No order number could be drawn. Please try again.")
    }
}
