import HTTPTypes
import Hummingbird

/// Cookies as all pages set them: for this host alone, unseen by scripts, not sent along by other sites' forms.
///
/// Over https a name carries `__Host-` and the cookie is `Secure`. Over http to loopback, which only development uses,
/// both are dropped: browsers would refuse them there.
struct Cookies: Sendable {
    private let isHTTPS: Bool

    init(publicURL: String) { isHTTPS = publicURL.lowercased().hasPrefix("https:") }

    private func full(_ name: String) -> String { isHTTPS ? "__Host-" + name : name }

    /// The value that the browser sent; nil when it sent none, or more than one of that name.
    func value(_ name: String, of request: Request) -> String? {
        let wanted = full(name)
        let values = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].drop { $0 == " " }
            return parts.count == 2 && name == wanted ? String(parts[1]) : nil
        }
        return values.count == 1 ? values[0] : nil
    }

    /// - Parameters:
    ///   - value: of the characters a cookie may have; an identifier of ours.
    ///   - maxAgeSeconds: nil for a cookie that ends with the browser.
    func field(_ name: String, _ value: String, maxAgeSeconds: Int? = nil) -> HTTPField {
        var text = "\(full(name))=\(value); Path=/; HttpOnly; SameSite=Lax"
        if isHTTPS { text += "; Secure" }
        if let maxAgeSeconds { text += "; Max-Age=\(maxAgeSeconds)" }
        return HTTPField(name: .setCookie, value: text)
    }

    func removal(_ name: String) -> HTTPField { field(name, "", maxAgeSeconds: 0) }
}
