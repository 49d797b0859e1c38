import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders

/// What every page of the staff console stands on: who may come in, the guard on every form, and the frame around
/// every page.
struct ConsoleDesk: Sendable {
    static let sessionCookie = "staff"

    /// What an open page asks again and again: it keeps nobody signed in.
    static let askedByItself = "/staff/orders/news"

    let store: any Store
    let press: Press
    let cookies: Cookies
    let clock: any Clock
    let time: OfficeTime
    let settings: WebSettings
    let bodies: RequestBodies
    let logger: Logger
    let shelves = Shelves()

    init(_ parts: WebParts) {
        store = parts.store
        press = Press(parts.settings.organization)
        cookies = Cookies(publicURL: parts.settings.publicURL)
        clock = parts.clock
        time = OfficeTime(timeZone: parts.settings.timeZone)
        settings = parts.settings
        bodies = RequestBodies(parts)
        logger = parts.logger
    }

    /// What is kept in memory for who is signed in.
    struct Shelves: Sendable {
        let searches = Shelf<String>(perOwner: 30, inAll: 3000)
        let reports = Shelf<BulkReport>(perOwner: 10, inAll: 300)
        let files = Shelf<[Title]>(perOwner: 1, inAll: 8)
        let forms = Shelf<InterruptedForm>(perOwner: 1, inAll: 100)
        /// Whose a form is by the token in it, also after its session has ended.
        let writers = Shelf<String>(perOwner: 1, inAll: 1000)

        func clear(for owner: [UInt8]) {
            searches.clear(for: owner)
            reports.clear(for: owner)
            files.clear(for: owner)
        }
    }

    // MARK: Routes

    typealias Showing = @Sendable (StaffVisit) async throws -> Response
    typealias Doing = @Sendable (StaffVisit, FormFields) async throws -> Response

    /// A page for whoever is signed in and has the scope.
    func get(_ path: String, for scope: Scope, _ show: @escaping Showing) -> Route {
        .get(path, for: .console(scope)) { request, context in
            switch try await admit(request, context, for: scope) {
            case .visit(let visit): return try await show(visit)
            case .answer(let answer): return answer
            }
        }
    }

    /// A form for whoever is signed in and has the scope. It is read, and its token checked, before `act` sees it.
    func post(_ path: String, for scope: Scope, _ act: @escaping Doing) -> Route {
        .post(path, for: .console(scope)) { request, context in
            guard case .ours = PostOrigin(request, publicURL: settings.publicURL) else { throw Problem(.crossSite) }
            let form = try await FormFields(of: request, with: bodies)
            switch try await admit(request, context, for: scope) {
            case .visit(let visit):
                guard isSameSecret(form["token"] ?? "", visit.secret.formToken) else {
                    // The browser says that it is our own page's: one that was open when somebody signed in again. What
                    // was typed is handed back, with the token that holds now.
                    guard let typed = InterruptedForm(request, form) else { throw Problem(.crossSite) }
                    return resumption(of: typed, visit, isStale: true)
                }
                let answer = try await act(visit, form)
                return form[InterruptedForm.mark] == nil ? answer : putAway(request, answer)
            case .answer(let answer):
                // A form that nobody is signed in for any more is kept until its writer is.
                guard answer.status == .seeOther, let typed = InterruptedForm(request, form) else { return answer }
                return keep(typed, sentWith: form["token"] ?? "") ?? answer
            }
        }
    }

    // MARK: Who comes in

    enum Admission {
        case visit(StaffVisit)
        /// The way to the sign-in, to a new password, or the word that this is not for them.
        case answer(Response)
    }

    /// Where somebody with a password that is not theirs alone may go.
    private static let openWithOldPassword: Set<String> = ["/staff/password", "/staff/sign-out"]

    func admit(_ request: Request, _ context: WebContext, for scope: Scope) async throws -> Admission {
        guard let visit = try await visit(request, context) else {
            return .answer(.seeOther("/staff/sign-in" + SignInTarget(request).query))
        }
        let path = request.uri.path
        if visit.account.mustChangePassword && !Self.openWithOldPassword.contains(path) {
            return .answer(.seeOther("/staff/password"))
        }
        guard visit.account.allows(scope) else {
            return .answer(
                message(
                    visit, "Your account cannot do this", status: .forbidden,
                    [
                        "An account of the role \(visit.account.role.rawValue) may look, but not change this. "
                            + "Ask an administrator if you need to."
                    ]))
        }
        return .visit(visit)
    }

    /// Nil when nobody is signed in.
    func visit(_ request: Request, _ context: WebContext) async throws -> StaffVisit? {
        guard let secret = cookies.value(Self.sessionCookie, of: request).flatMap({ SessionSecret($0) }),
            let session = try await store.session(
                secret.hash, at: clock.now, isUse: request.uri.path != Self.askedByItself)
        else { return nil }
        let writer = Array(secret.formToken.utf8)
        if shelves.writers.last(for: writer) == nil { _ = shelves.writers.put(session.account.name, for: writer) }
        return StaffVisit(request: request, context: context, session: session, secret: secret)
    }

    // MARK: Pages

    /// A page of the console.
    /// - Parameter it: what the template sees as `page.it`; `page.me` is who looks at it.
    func page(
        _ template: String, _ visit: StaffVisit, title: String, tab: ConsoleTab?, _ it: some Sendable,
        status: HTTPResponse.Status = .ok, hasErrors: Bool = false
    ) -> Response {
        var frame = PageFrame(.english, title: title)
        frame.isConsole = true
        frame.hasErrors = hasErrors
        let sheet = ConsoleSheet(me: ConsoleFrame(visit, tab: tab, zone: time.zoneName), it: it)
        var answer = press.answer(template, sheet, frame: frame, status: status)
        answer.headers[.contentSecurityPolicy] = Self.policy
        return answer
    }

    /// As every page's, and its script may ask how many orders are new.
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// A page that only says something.
    func message(
        _ visit: StaffVisit, _ title: String, status: HTTPResponse.Status = .ok, _ paragraphs: [String],
        back: (path: String, text: String) = ("/staff/orders", "Back to the orders")
    ) -> Response {
        page(
            "staffmessage", visit, title: title, tab: nil,
            MessageView(title: title, paragraphs: paragraphs, link: .init(path: back.path, text: back.text)),
            status: status)
    }
}

/// The places that the head of every page leads to.
enum ConsoleTab: String, CaseIterable {
    case orders, updates, deliveries, overview, catalog

    var path: String { "/staff/" + rawValue }

    var text: String {
        switch self {
        case .orders: "Orders"
        case .updates: "Updates"
        case .deliveries: "Deliveries"
        case .overview: "Overview"
        case .catalog: "Catalog"
        }
    }
}

/// What templates of the console see: who is there, and the page's own values.
struct ConsoleSheet<Content: Sendable>: Sendable {
    let me: ConsoleFrame
    let it: Content
}

struct ConsoleFrame: Sendable {
    struct Tab: Sendable {
        let path, text: String
        let isCurrent: Bool
    }

    let name: String
    /// Goes into every form.
    let token: String
    let tabs: [Tab]
    let mayWrite, mayKeepCatalog: Bool
    /// `on` when single keys do something.
    let keys: String
    let zone: String

    init(_ visit: StaffVisit, tab: ConsoleTab?, zone: String) {
        name = visit.account.name
        token = visit.secret.formToken
        tabs = ConsoleTab.allCases.map { Tab(path: $0.path, text: $0.text, isCurrent: $0 == tab) }
        mayWrite = visit.account.allows(.ordersWrite)
        mayKeepCatalog = visit.account.allows(.catalogWrite)
        keys = visit.account.preferences.hasShortcuts ? "on" : "off"
        self.zone = zone
    }
}

/// Where somebody wanted to go before they had to sign in. Only ever a page of the console.
struct SignInTarget: Sendable {
    let path: String?

    /// From a request for a page: a form's address is no place to go to.
    init(_ request: Request) {
        path = request.method == .get ? Self.checked(request.head.path) : nil
    }

    init(given: String?) { path = Self.checked(given) }

    /// For the address of the sign-in page.
    var query: String {
        guard let path, path != "/staff", path != "/staff/orders" else { return "" }
        return "?to=" + URLText.encode(path)
    }

    private static func checked(_ path: String?) -> String? {
        guard let path, path == "/staff" || path.hasPrefix("/staff/") || path.hasPrefix("/staff?"),
            path.utf8.count <= 1000, path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }),
            !path.hasPrefix("/staff/sign-"), !path.contains("//")
        else { return nil }
        return path
    }
}

/// Texts in addresses.
enum URLText {
    /// An order's page, which leads back to the list that staff came from; empty for none.
    static func order(_ number: OrderNumber, list: String) -> String {
        "/staff/orders/\(number)" + (list.isEmpty ? "" : "?list=" + encode(list))
    }

    static func encode(_ text: String) -> String { QueryParameters.encode(text) }

    static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { encode($0.name) + "=" + encode($0.value) }.joined(separator: "&")
    }
}
