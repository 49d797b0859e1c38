import Fulfillment
import HTTPTypes
import Hummingbird
import Orders
import Synchronization

/// So many requests per address and minute, evenly refilled: a script cannot order a thousand parcels or try
/// tokens, a person notices nothing.
struct RateLimit: RouterMiddleware {
    typealias Context = WebContext

    /// Routes that count together.
    struct Rule: Sendable {
        let name: String
        let perMinute: Int
        let routes: Set<String>
    }

    private let rules: [Rule]
    private let addresses: ClientAddresses
    private let clock: any Clock
    private let allowances = Allowances()

    init(_ parts: WebParts) {
        let settings = parts.settings
        rules = [
            Rule(name: "orders", perMinute: settings.ordersPerMinute, routes: ["POST /v1/orders"]),
            Rule(
                name: "status", perMinute: settings.statusViewsPerMinute,
                routes: [
                    "GET /v1/orders/{number}", "POST /v1/orders/{number}/cancel", "GET /s/{token}",
                    "GET /es/s/{token}",
                ]),
        ].filter { $0.perMinute > 0 }
        addresses = ClientAddresses(trustedProxies: settings.trustedProxies)
        clock = parts.clock
    }

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard !rules.isEmpty, let template = context.template else { return try await next(request, context) }
        let method = request.method == .head ? "GET" : request.method.rawValue
        let route = "\(method) \(template)"
        guard let rule = rules.first(where: { $0.routes.contains(route) }),
            let address = addresses.address(of: request, context)
        else { return try await next(request, context) }
        let verdict = allowances.take(
            .init(rule: rule.name, address: address), perMinute: rule.perMinute, at: clock.uptimeMilliseconds)
        let seconds = (verdict.waitMilliseconds + 999) / 1000
        let fields: HTTPFields = [
            .rateLimitPolicy: "\"\(rule.name)\";q=\(rule.perMinute);w=60",
            .rateLimit: "\"\(rule.name)\";r=\(verdict.remaining);t=\(seconds)",
        ]
        guard verdict.isAllowed else {
            var problem = Problem(.tooManyRequests)
            problem.headers = fields
            problem.headers[.retryAfter] = String(max(1, seconds))
            throw problem
        }
        var response = try await next(request, context)
        response.headers.append(contentsOf: fields)
        return response
    }
}

/// What every address still may, as one number each: the time at which its allowance will be whole again.
private final class Allowances: Sendable {
    struct Key: Hashable {
        let rule: String
        let address: [UInt8]
    }

    struct Verdict {
        let isAllowed: Bool
        let remaining: Int
        /// Until the next request is allowed, or until the allowance is whole again.
        let waitMilliseconds: Int64
    }

    /// A flood from more addresses than this starts the count anew, instead of filling the memory.
    private static let addressesAtMost = 50_000
    private static let windowMilliseconds: Int64 = 60_000

    private let wholeAt = Mutex<[Key: Int64]>([:])

    func take(_ key: Key, perMinute: Int, at now: Int64) -> Verdict {
        let window = Self.windowMilliseconds
        let cost = max(1, window / Int64(perMinute))
        return wholeAt.withLock { wholeAt in
            let before = max(wholeAt[key] ?? now, now)
            let after = before + cost
            guard after - now <= window else {
                return Verdict(isAllowed: false, remaining: 0, waitMilliseconds: after - now - window)
            }
            if wholeAt[key] == nil && wholeAt.count >= Self.addressesAtMost {
                wholeAt = wholeAt.filter { $0.value > now }
                if wholeAt.count >= Self.addressesAtMost { wholeAt = [:] }
            }
            wholeAt[key] = after
            return Verdict(
                isAllowed: true, remaining: Int((window - (after - now)) / cost), waitMilliseconds: after - now)
        }
    }
}
