import HTTPTypes
import Hummingbird
import Orders

/// `/s/{token}`: the confirmation at first, and for as long as the order is known the page that says where it is.
struct StatusPageController: Sendable {
    /// How long the page greets the browser that sent the order.
    private static let newForSeconds: Int64 = 30 * 60

    let desk: ReaderDesk
    let language: Language

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        guard let order = try await order(context), let detail = try await desk.store.detail(order.number) else {
            return lost(visit)
        }
        var isNew = false
        if case .placed(let token, let at) = visit.state, token.matches(order.statusToken) {
            isNew = desk.now < at.adding(seconds: Self.newForSeconds) && order.status != .cancelled
        }
        let view = StatusView(detail, desk, visit, isNew: isNew)
        return desk.press.answer("status", view, frame: frame(visit, order, title: view.heading))
    }

    private func order(_ context: WebContext) async throws -> Order? {
        guard let token = context.pathPart("token").flatMap({ StatusToken($0) }) else { return nil }
        return try await desk.store.order(holding: token)
    }

    private func frame(_ visit: Visit, _ order: Order, title: String, then rest: String = "") -> PageFrame {
        var frame = PageFrame(visit.language, title: title)
        frame.otherLanguagePath = visit.other.path("/s/" + order.statusToken.text + rest)
        frame.hasDraft = visit.hasDraft
        return frame
    }

    /// The same for a link that never was, one that is no more, and a guess.
    private func lost(_ visit: Visit) -> Response {
        let page = MessageView(
            title: visit.phrases("lostTitle"), paragraphs: [visit.phrases("lostText")],
            link: .init(path: visit.path("/"), text: visit.phrases("home")), offersPhone: true)
        return desk.press.answer(
            "message", page, frame: desk.frame(visit, "lostTitle", other: "/"), status: .notFound)
    }

    // MARK: Canceling

    func askCancel(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        guard let order = try await order(context) else { return lost(visit) }
        return cancelPage(visit, order, isTooLate: ![.placed, .onHold].contains(order.status), status: .ok)
    }

    /// Whoever holds the link may cancel; no other site knows it, so it needs no token beside it.
    func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, _) = try await desk.posted(request, language)
        guard let order = try await order(context) else { return lost(visit) }
        let path = visit.path("/s/" + order.statusToken.text)
        // A second press finds it done.
        if order.status == .cancelled { return .seeOther(path) }
        guard [.placed, .onHold].contains(order.status) else {
            return cancelPage(visit, order, isTooLate: true, status: .conflict)
        }
        let now = desk.now
        let outcome = try await desk.store.perform(
            .cancel(reason: nil, event: .draw(at: now)), on: order.number, by: .reader, at: now, ifMatch: nil)
        switch outcome {
        case .done, .reshipped: return .seeOther(path)
        case .refused: return cancelPage(visit, order, isTooLate: true, status: .conflict)
        case .notFound: return lost(visit)
        case .changedSince, .identityTaken: throw Problem.unavailable("Please try again.")
        }
    }

    private func cancelPage(
        _ visit: Visit, _ order: Order, isTooLate: Bool, status: HTTPResponse.Status
    ) -> Response {
        let phrases = visit.phrases
        let title = phrases(isTooLate ? "cancelLateTitle" : "cancelTitle")
        let path = visit.path("/s/" + order.statusToken.text)
        let text = phrases("cancelText", ["number": order.number.description])
        let view = CancelView(
            token: visit.token, title: title, text: isTooLate ? phrases("cancelLateText") : text,
            isTooLate: isTooLate, statusPath: path, cancelPath: path + "/cancel")
        return desk.press.answer(
            "cancel", view, frame: frame(visit, order, title: title, then: "/cancel"), status: status)
    }
}

struct CancelView: Sendable {
    let token, title, text: String
    let isTooLate: Bool
    let statusPath, cancelPath: String
}
