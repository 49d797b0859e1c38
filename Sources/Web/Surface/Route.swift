import HTTPTypes
import Hummingbird
import Orders

/// One line of the surface: a method, a path, whom it is for, and who answers.
struct Route: Sendable {
    typealias Handler = @Sendable (Request, WebContext) async throws -> Response

    let method: HTTPRequest.Method
    /// Such as `/v1/orders/{number}`.
    let path: String
    let audience: Audience
    let handler: Handler

    static func get(_ path: String, for audience: Audience, _ handler: @escaping Handler) -> Route {
        Route(method: .get, path: path, audience: audience, handler: handler)
    }

    static func post(_ path: String, for audience: Audience, _ handler: @escaping Handler) -> Route {
        Route(method: .post, path: path, audience: audience, handler: handler)
    }

    static func put(_ path: String, for audience: Audience, _ handler: @escaping Handler) -> Route {
        Route(method: .put, path: path, audience: audience, handler: handler)
    }

    static func delete(_ path: String, for audience: Audience, _ handler: @escaping Handler) -> Route {
        Route(method: .delete, path: path, audience: audience, handler: handler)
    }
}

extension [Route] {
    /// The addresses that take a form and show nothing themselves, each with how many segments the page above it is
    /// shorter. Whoever reloads the answer to a form, or comes back to it, asks for such an address with GET.
    var formsAlone: [(path: String, levels: Int)] {
        let pages = Set(filter { $0.method == .get }.map(\.path))
        return filter { $0.method == .post && !pages.contains($0.path) }.map { form in
            let segments = form.path.split(separator: "/")
            let levels = (1..<segments.count).first { levels in
                pages.contains("/" + segments.dropLast(levels).joined(separator: "/"))
            }
            return (form.path, levels ?? segments.count)
        }
    }
}

extension Response {
    /// To the page above an address that only takes a form.
    static func up(_ levels: Int, from request: Request) -> Response {
        .seeOther("/" + request.uri.path.split(separator: "/").dropLast(levels).joined(separator: "/"))
    }
}

/// Whom a route is for; decides who is let in and which browsers may call it.
enum Audience: Sendable, Hashable {
    /// Readers and the sites that order for them: the public API, open to the configured origins.
    case readers
    /// Whoever holds a staff token with that scope.
    case staff(Scope)
    /// The fulfillment house, known by its signature.
    case house
    /// Staff with a browser, signed in, with that scope; nil for the way in. `ConsoleDesk` lets them in.
    case console(Scope?)
    /// People with a browser: errors are pages too.
    case pages
    /// Health, explanations, files: no token, no other origin.
    case anyone
}

/// Finds what the router cannot tell: which methods a path takes, when none of its routes fits.
struct RouteTable: Sendable {
    private let paths: [(segments: [Substring], template: String, methods: [HTTPRequest.Method])]
    private let audiences: [String: Audience]

    init(_ routes: [Route]) {
        var methods: [String: [HTTPRequest.Method]] = [:]
        for route in routes {
            methods[route.path, default: []] += route.method == .get ? [.get, .head] : [route.method]
        }
        // A fixed segment goes before a parameter, as in the router.
        paths = methods.sorted { a, b in a.key.replacing("{", with: "~") < b.key.replacing("{", with: "~") }
            .map {
                ($0.key.split(separator: "/"), $0.key, ($0.value + [.options]).sorted { $0.rawValue < $1.rawValue })
            }
        audiences = Dictionary(routes.map { ($0.path, $0.audience) }, uniquingKeysWith: { first, _ in first })
    }

    /// The template that fits a request's path and the methods it takes; nil when there is nothing at that path.
    func entry(at path: String) -> (template: String, methods: [HTTPRequest.Method])? {
        let segments = path.split(separator: "/")
        let entry = paths.first { candidate in
            candidate.segments.count == segments.count
                && zip(candidate.segments, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        return entry.map { ($0.template, $0.methods) }
    }

    func audience(of template: String) -> Audience? { audiences[template] }
}
