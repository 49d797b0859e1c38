import HTTPTypes
import Hummingbird
import Orders

/// Turns an error into a page for people with a browser; programs get the problem document.
struct ErrorPages: Sendable {
    let press: Press
    let table: RouteTable

    /// A page where a browser asks for one, a problem document everywhere else.
    func respond(to problem: Problem, _ request: Request, _ context: WebContext) -> Response {
        Self.isWanted(request, audience: context.template.flatMap(table.audience(of:)))
            ? answer(to: problem, request, requestID: context.requestID)
            : problem.response(requestID: context.requestID)
    }

    /// True when a page is the answer: the route is a page's, or a browser asks for an address outside the API.
    static func isWanted(_ request: Request, audience: Audience?) -> Bool {
        switch audience {
        case .pages, .console: return true
        default: break
        }
        guard !(request.head.path ?? "").hasPrefix("/v1/") else { return false }
        return request.headers[.accept]?.contains("text/html") == true
    }

    private func answer(to problem: Problem, _ request: Request, requestID: String) -> Response {
        let path = request.uri.path
        let language: Language = path == "/es" || path.hasPrefix("/es/") ? .spanish : .english
        let phrases = Phrases.of(language)
        let order = Self.order(path, problem.kind)
        let key = order == "/order/check" ? "tooManySend" : Self.key(of: problem.kind)
        let isConsole = path == "/staff" || path.hasPrefix("/staff/")
        let seconds = problem.headers[.retryAfter].flatMap { Int($0) } ?? 60
        let wait = phrases.counted("minutes", max(1, (seconds + 59) / 60))
        let (title, text) =
            isConsole
            ? Self.wordsForStaff(problem.kind, wait: wait)
            : (phrases(key + "Title"), phrases(key + "Text", ["wait": wait]))
        var frame = PageFrame(language, title: title)
        // The address may be one of ours in both languages, or none at all: the way to the other language is its start.
        frame.otherLanguagePath = (language == .spanish ? "" : "/es") + (order ?? "/")
        frame.isConsole = isConsole
        if isConsole { frame.otherLanguagePath = nil }
        let page = MessageView(
            title: title, paragraphs: [text],
            reference: problem.kind == .internalError ? phrases("errorReference", ["id": requestID]) : nil,
            link: isConsole
                ? .init(path: "/staff", text: "Back to the orders")
                : .init(
                    path: (language == .spanish ? "/es" : "") + (order ?? "/"),
                    text: phrases(order == nil ? "home" : "backToOrder")),
            offersPhone: !isConsole && ["internal", "refused"].contains(key))
        var response = press.answer("message", page, frame: frame, status: problem.kind.status)
        for field in problem.headers { response.headers.append(field) }
        return response
    }

    /// The page of the order to go back to, without the language, for one who did too much there.
    private static func order(_ path: String, _ kind: ProblemKind) -> String? {
        let path = path.hasPrefix("/es/") ? String(path.dropFirst(3)) : path
        guard kind == .tooManyRequests, path.hasPrefix("/order/") else { return nil }
        return path == "/order/send" ? "/order/check" : path
    }

    /// Staff keep no answers here, and must know whether something was done.
    private static func wordsForStaff(_ kind: ProblemKind, wait: String) -> (title: String, text: String) {
        switch kind {
        case .notFound:
            ("There is nothing here", "The number may be another one, or the address is not complete.")
        case .tooManyRequests: ("Too many tries", "Wait \(wait), then try again. Nothing was done.")
        case .unavailable: ("The service cannot answer right now", "Nothing was done. Try again in \(wait).")
        case .crossSite:
            (
                "Open this page again",
                "It could not be told that this form came from your own page, so nothing was done. Go back, load the page "
                    + "again and repeat it."
            )
        case .internalError:
            ("Something went wrong", "Look whether it was done before you try again.")
        default: ("What was sent could not be read", "Nothing was done. Go back and try again.")
        }
    }

    /// The phrases `<key>Title` and `<key>Text`.
    private static func key(of kind: ProblemKind) -> String {
        switch kind {
        case .notFound: "notFound"
        case .tooManyRequests: "tooMany"
        case .unavailable: "busy"
        case .crossSite: "crossSite"
        case .internalError: "internal"
        default: "refused"
        }
    }
}

/// A page that only says something.
struct MessageView: Sendable {
    struct Link: Sendable {
        let path, text: String
    }

    let title: String
    var paragraphs: [String]
    var reference: String?
    var link: Link?
    /// It says "call us": the number stands right there, not only in the foot.
    var offersPhone = false
}
