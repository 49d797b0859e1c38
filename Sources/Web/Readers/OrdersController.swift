import Crypto
import Fulfillment
import HTTPTypes
import Hummingbird
import Orders

/// Orders as their readers place, watch and cancel them.
struct OrdersController: Sendable {
    private let store: any Store
    private let settings: WebSettings
    private let clock: any Clock
    private let intake: OrderIntake
    private let bodies: RequestBodies

    init(_ parts: WebParts) {
        store = parts.store
        settings = parts.settings
        clock = parts.clock
        intake = OrderIntake(parts)
        bodies = RequestBodies(parts)
    }

    // MARK: POST /v1/orders

    func place(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await bodies.json(of: request)
        let form = try OrderForm.read(json)
        let key = try Self.key(of: request, for: form)
        switch form.validated(against: store.catalog, rules: settings.rules) {
        case .accepted(let draft): return try answer(to: try await intake.place(draft, key: key, context))
        case .invalid(let problems):
            let refusal = Problem(.invalidOrder, "The order cannot be accepted as it is.", errors: problems)
            return try await replay(key, insteadOf: refusal)
        case .tooHeavy(let excess): return try await replay(key, insteadOf: .tooHeavy(excess))
        }
    }

    /// The first try of this request may have placed an order that would be refused today, because the catalog
    /// changed since: its retry gets that order's answer.
    private func replay(_ key: IdempotencyKey?, insteadOf refusal: Problem) async throws -> Response {
        guard let key, let placement = try await store.placement(under: key) else { throw refusal }
        return try answer(to: placement)
    }

    private func answer(to placement: Placement) throws -> Response {
        switch placement {
        case .placed(let order): return created(order)
        case .replayed(let order):
            var response = created(order)
            response.headers[.idempotencyReplayed] = "true"
            return response
        case .keyReused: throw Problem(.idempotencyKeyReused)
        case .identityTaken: throw Problem.unavailable("No order number could be drawn. Please try again.")
        }
    }

    private func created(_ order: Order) -> Response {
        .json(.created, headers: [.location: "/v1/orders/\(order.number)"], reserving: 1024) {
            $0.object {
                $0.field("number", order.number.description)
                // What a 201 says never changes, or a replay would not be the same.
                $0.field("status", OrderStatus.placed.rawValue)
                $0.field("placed_at", order.placedAt)
                $0.array("items", order.lines) { line, json in json.object { line.writeMembers(to: &$0) } }
                $0.field("total_weight", order.statedTotalWeight)
                $0.field("weight_limit", order.weightLimit)
                $0.field("status_token", order.statusToken.text)
                $0.field("status_url", settings.statusURL(of: order))
            }
        }
    }

    private static func key(of request: Request, for form: OrderForm) throws -> IdempotencyKey? {
        let headers = request.headers[values: .idempotencyKey]
        guard let header = headers.first else { return nil }
        guard headers.count == 1, let value = IdempotencyKey.parse(header: header) else {
            throw Problem.malformed(
                "/Idempotency-Key", "invalid_key", "send one key of 1 to 255 printable ASCII characters")
        }
        let digest = SHA256.hash(data: form.canonicalBytes).withUnsafeBytes { Array($0) }
        return IdempotencyKey(value: value, digest: digest)
    }

    // MARK: GET /v1/orders/{number}, POST /v1/orders/{number}/cancel

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        status(of: try await order(of: request, context))
    }

    func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
        let number = try await order(of: request, context).number
        let now = clock.now
        let outcome = try await store.perform(
            .cancel(reason: nil, event: .draw(at: now)), on: number, by: .reader, at: now, ifMatch: nil,
            trace: context.trace)
        switch outcome {
        case .done(let detail), .reshipped(let detail, _): return status(of: detail.order)
        case .refused(let refusal): throw Problem.refused(refusal)
        case .notFound: throw Problem.notFound
        case .changedSince, .identityTaken: throw Problem.unavailable("Please try again.")
        }
    }

    /// The order that the request names *and* opens; in every other case the same answer, so that nobody can find
    /// out which numbers exist.
    private func order(of request: Request, _ context: WebContext) async throws -> Order {
        guard let token = BearerToken.read(request).flatMap({ StatusToken($0) }),
            let order = try await store.order(try context.orderNumber()), order.statusToken.matches(token)
        else { throw Problem.notFound }
        return order
    }

    private func status(of order: Order) -> Response {
        .json(reserving: 1024) {
            $0.object {
                $0.field("number", order.number.description)
                $0.field("status", order.status.rawValue)
                $0.field("placed_at", order.placedAt)
                $0.field("updated_at", order.updatedAt)
                $0.array("items", order.lines) { line, json in json.object { line.writeMembers(to: &$0) } }
                $0.field("total_weight", order.statedTotalWeight)
                $0.array("packages", order.parcels) { $0.writeForReaders(to: &$1) }
            }
        }
    }
}

/// `Authorization: Bearer …`.
enum BearerToken {
    static func read(_ request: Request) -> String? {
        guard let header = request.headers[.authorization], header.utf8.count > 7,
            header.prefix(7).lowercased() == "bearer "
        else { return nil }
        return String(header.dropFirst(7).drop { $0 == " " })
    }
}
