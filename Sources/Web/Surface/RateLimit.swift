import Fulfillment
import HTTPTypes
import Hummingbird
import Orders
import Synchronization

/// So many requests per address and minute, evenly refilled: a script cannot order a thousand parcels or try
/// tokens, a person notices nothing.
///
/// Not limited: the catalog and quotes, which are answered from memory and asked at every click; and the house's
/// messages, whose signature costs one hash to refuse and writes nothing: nobody may lock the house out by sending bad
/// ones, from whatever address.
struct RateLimit: RouterMiddleware {
    typealias Context = WebContext

    /// Routes that count together.
    struct Rule: Sendable {
        /// What uses the allowance up.
        enum Charge: Sendable {
            /// Every request, whatever comes of it: an order that is refused, a status token that does not fit.
            case requests
            /// Credentials that are not accepted (401). While the allowance is used up, none is looked at, except one
            /// that was accepted before: who guesses does not lock out the colleague behind the same address.
            case refusedCredentials
        }

        let name: String
        let perMinute: Int
        let charge: Charge
        /// Such as `POST /v1/orders`.
        let routes: Set<String>
    }

    private let rules: [Rule]
    private let ruleByRoute: [String: Int]
    private let addresses: ClientAddresses
    private let clock: any Clock
    private let allowances = Allowances()
    private let accepted = AcceptedCredentials()
    private let meter: RequestMeter
    private let pages: ErrorPages

    init(_ parts: WebParts, routes: [Route], pages: ErrorPages) {
        self.pages = pages
        rules = Self.rules(parts.settings, routes).filter { $0.perMinute > 0 }
        ruleByRoute = Dictionary(
            rules.enumerated().flatMap { index, rule in rule.routes.map { ($0, index) } }, uniquingKeysWith: { $1 })
        addresses = ClientAddresses(trustedProxies: parts.settings.trustedProxies)
        clock = parts.clock
        meter = parts.meter
    }

    private static func rules(_ settings: WebSettings, _ routes: [Route]) -> [Rule] {
        let forStaff = routes.compactMap { route -> String? in
            guard case .staff = route.audience else { return nil }
            return "\(route.method.rawValue) \(route.path)"
        }
        return [
            Rule(
                name: "orders", perMinute: settings.ordersPerMinute, charge: .requests,
                routes: ReaderRoutes.placing.union(["POST /v1/orders"])),
            Rule(
                name: "status", perMinute: settings.statusViewsPerMinute, charge: .requests,
                routes: ReaderRoutes.looking.union([
                    "GET /v1/orders/{number}", "POST /v1/orders/{number}/cancel",
                ])),
            Rule(
                name: "signin", perMinute: settings.signinsPerMinute, charge: .refusedCredentials,
                routes: Set(forStaff)),
            // The page: every try counts, since a wrong password is told as a page.
            Rule(
                name: "signin", perMinute: settings.signinsPerMinute, charge: .requests,
                routes: ["POST /staff/sign-in"]),
        ]
    }

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard !rules.isEmpty, let template = context.template else { return try await next(request, context) }
        let method = request.method == .head ? "GET" : request.method.rawValue
        guard let index = ruleByRoute["\(method) \(template)"],
            let address = addresses.address(of: request, context)
        else { return try await next(request, context) }
        let key = Allowances.Key(rule: index, address: address)
        switch rules[index].charge {
        case .requests: return try await charging(request, context, rules[index], key, next)
        case .refusedCredentials: return try await chargingRefusals(request, context, rules[index], key, next)
        }
    }

    private func charging(
        _ request: Request, _ context: WebContext, _ rule: Rule, _ key: Allowances.Key,
        _ next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let verdict = allowances.take(key, perMinute: rule.perMinute, at: clock.uptimeMilliseconds)
        guard verdict.isAllowed else { return refusal(rule, verdict, request, context) }
        var response = try await next(request, context)
        response.headers.append(contentsOf: Self.fields(rule, verdict))
        return response
    }

    private func chargingRefusals(
        _ request: Request, _ context: WebContext, _ rule: Rule, _ key: Allowances.Key,
        _ next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        // Who shows nothing does not guess.
        guard let credential = request.headers[.authorization] else { return try await next(request, context) }
        let before = allowances.look(key, perMinute: rule.perMinute, at: clock.uptimeMilliseconds)
        guard before.isAllowed || accepted.contains(credential) else { return refusal(rule, before, request, context) }
        var response = try await next(request, context)
        guard response.status == .unauthorized else {
            // A store that refuses has not looked at it.
            if response.status.code < 500 { accepted.insert(credential) }
            return response
        }
        let verdict = allowances.take(key, perMinute: rule.perMinute, at: clock.uptimeMilliseconds)
        response.headers.append(contentsOf: Self.fields(rule, verdict))
        return response
    }

    private func refusal(
        _ rule: Rule, _ verdict: Allowances.Verdict, _ request: Request, _ context: WebContext
    ) -> Response {
        meter.refused(.tooManyRequests)
        var problem = Problem(.tooManyRequests)
        problem.headers = Self.fields(rule, verdict)
        problem.headers[.retryAfter] = String(max(1, verdict.waitSeconds))
        return pages.respond(to: problem, request, context)
    }

    /// As draft-ietf-httpapi-ratelimit-headers names them.
    private static func fields(_ rule: Rule, _ verdict: Allowances.Verdict) -> HTTPFields {
        [
            .rateLimitPolicy: "\"\(rule.name)\";q=\(rule.perMinute);w=60",
            .rateLimit: "\"\(rule.name)\";r=\(verdict.remaining);t=\(verdict.waitSeconds)",
        ]
    }
}

extension Allowances.Verdict {
    fileprivate var waitSeconds: Int64 { (waitMilliseconds + 999) / 1000 }
}

/// Credentials that were accepted, as this process's own hash of each: enough to let their owner come to the door.
/// Whether it still opens is the door's business.
private final class AcceptedCredentials: Sendable {
    private static let atMost = 1000
    private let hashes = Mutex<Set<Int>>([])

    func contains(_ credential: String) -> Bool { hashes.withLock { $0.contains(credential.hashValue) } }

    func insert(_ credential: String) {
        hashes.withLock { hashes in
            if hashes.count >= Self.atMost { hashes = [] }
            hashes.insert(credential.hashValue)
        }
    }
}
