import HTTPTypes
import Hummingbird
import Orders

/// Where a posted form comes from, as the browser says: the guard against other sites' forms (CSRF).
///
/// `Sec-Fetch-Site` cannot be set by a page. Browsers without it send `Origin`, which is compared with the public
/// address of the settings, never with `Host`, which a proxy may rewrite. Who sends neither must show a token.
enum PostOrigin: Sendable, Hashable {
    /// Our own page.
    case ours
    /// Nobody's page: an address typed or a bookmark. Not for staff.
    case none
    /// Another site's.
    case foreign
    /// The browser says nothing.
    case unknown

    init(_ request: Request, publicURL: String) {
        switch request.headers[.secFetchSite] {
        case "same-origin": self = .ours
        case "none": self = .none
        case nil:
            switch request.headers[.origin] {
            case nil: self = .unknown
            case let origin?: self = origin.lowercased() == Self.origin(of: publicURL) ? .ours : .foreign
            }
        default: self = .foreign
        }
    }

    /// Scheme, host and port, as browsers write them.
    private static func origin(of url: String) -> String {
        let lowered = url.lowercased()
        // scheme, nothing, authority, path
        var origin = lowered.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")]
        where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
            origin.removeLast(port.count)
        }
        return origin
    }
}

/// Equal, compared in a time that does not tell where they differ.
func isSameSecret(_ a: String, _ b: String) -> Bool {
    ConstantTime.isSame(Array(a.utf8), Array(b.utf8))
}

extension Response {
    /// What every posted form is answered with when it did something: the next page, asked for with GET.
    /// - Parameter path: within this site.
    static func seeOther(_ path: String, cookies: [HTTPField] = []) -> Response {
        var headers: HTTPFields = [.location: path, .cacheControl: "no-store", .referrerPolicy: "same-origin"]
        for cookie in cookies { headers.append(cookie) }
        return Response(status: .seeOther, headers: headers)
    }
}

extension HTTPField.Name {
    static let secFetchSite = named("Sec-Fetch-Site")
}
