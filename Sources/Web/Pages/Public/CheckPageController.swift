import HTTPTypes
import Hummingbird
import Logging
import Orders

/// The last look, and the one press that sends the order.
struct CheckPageController: Sendable {
    let desk: ReaderDesk
    let language: Language

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard let sheet = visit.sheet else { return .seeOther(visit.path("/")) }
        if let missing = firstMissing(sheet) { return .seeOther(visit.path(missing)) }
        let view = CheckView(sheet, desk, visit)
        let title = view.canSend ? "checkTitle" : "notInPrint"
        return desk.press.answer("check", view, frame: desk.frame(visit, title, other: "/order/check"))
    }

    /// The page that has to be gone through before this one; nil when all is there.
    private func firstMissing(_ sheet: AnswerSheet) -> String? {
        let catalog = desk.store.catalog
        if sheet.lines.isEmpty { return "/" }
        let inPrint = sheet.lines.filter { catalog[$0.sku]?.available == true }
        let isCounted = inPrint.allSatisfy { line in
            AnswerSheet.copies(line.copies).map { (1...(catalog[line.sku]?.maxQuantity ?? 0)).contains($0) } ?? false
        }
        if !isCounted || Weight.total(sheet.counted(in: catalog)) > desk.limit.weight { return "/order/copies" }
        if !sheet.hasAddress { return "/order/address" }
        if !sheet.hasContact { return "/order/contact" }
        return nil
    }

    /// `POST /order/check`: going on without what is not in print.
    func drop(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, form) = try await desk.posted(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard var sheet = visit.sheet else { return .seeOther(visit.path("/")) }
        sheet.drop(Set(form.all("drop")))
        return try await desk.kept(sheet, of: visit, then: sheet.lines.isEmpty ? "/" : "/order/check")
    }

    /// `POST /order/send` carries no answers: the order is made of the draft, so that a second press, a reload or a way
    /// back cannot mean anything else.
    func send(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, _) = try await desk.posted(request, language)
        if case .placed(let token, _) = visit.state { return .seeOther(visit.path("/s/" + token.text)) }
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard let sheet = visit.sheet, let id = visit.id else { return .seeOther(visit.path("/")) }
        do {
            return try await place(sheet, id, visit, context)
        } catch {
            guard Self.leavesItOpen(error) else { throw error }
            return failed(visit)
        }
    }

    /// Nobody knows whether the order was placed, and trying again is right.
    private static func leavesItOpen(_ error: any Error) -> Bool {
        switch error {
        case StoreError.unavailable, StoreError.cancelled, is CancellationError: true
        case let problem as Problem: problem.kind == .unavailable
        default: false
        }
    }

    private func place(_ sheet: AnswerSheet, _ id: String, _ visit: Visit, _ context: WebContext) async throws
        -> Response
    {
        let key = DraftID.key(of: sheet)
        let verdict = sheet.form(in: language).validated(against: desk.store.catalog, rules: desk.settings.rules)
        let placement: Placement?
        if firstMissing(sheet) == nil, case .accepted(let draft) = verdict {
            placement = try await desk.intake.place(draft, key: key, context)
        } else {
            // An earlier press may have placed it although this one is refused: the catalog changed since.
            placement = try await desk.store.placement(under: key)
        }
        switch placement {
        case .placed(let order), .replayed(let order):
            await close(id, order)
            return .seeOther(visit.path("/s/" + order.statusToken.text), cookies: [desk.field(id)])
        case .keyReused, .identityTaken, nil:
            return .seeOther(visit.path(firstMissing(sheet) ?? Self.page(mending: verdict)))
        }
    }

    /// Where what an order was refused for can be mended: the check page alone would only send it again.
    private static func page(mending verdict: OrderVerdict) -> String {
        guard case .invalid(let problems) = verdict else { return "/order/check" }
        let isContact = { (problem: FieldProblem) in ["/email", "/ship_to/phone"].contains(problem.pointer) }
        if problems.contains(where: { $0.pointer.hasPrefix("/ship_to") && !isContact($0) }) { return "/order/address" }
        return problems.contains(where: isContact) ? "/order/contact" : "/order/check"
    }

    /// The order is placed whatever becomes of the draft: should this fail, the next press finds the order by its key.
    private func close(_ id: String, _ order: Order) async {
        do {
            try await desk.store.close(DraftID.hash(id), placed: order.statusToken, at: desk.now)
        } catch {
            desk.logger.warning("a draft stays until its time is over", metadata: ["error": "\(error)"])
        }
    }

    private func failed(_ visit: Visit) -> Response {
        var response = desk.press.answer(
            "failed", FailedView(token: visit.token, sendPath: visit.path("/order/send")),
            frame: desk.frame(visit, "failedTitle", other: "/order/check"), status: .serviceUnavailable)
        response.headers[.retryAfter] = "5"
        return response
    }

    // MARK: Clearing

    func askClear(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        let back = if case .placed(let token, _) = visit.state { "/s/" + token.text } else { "/order/copies" }
        return desk.press.answer(
            "clear", ClearView(token: visit.token, backPath: visit.path(back)),
            frame: desk.frame(visit, "clearTitle", other: "/order/clear"))
    }

    func clear(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, _) = try await desk.posted(request, language)
        if let id = visit.id { try await desk.store.forget(DraftID.hash(id)) }
        return .seeOther(visit.path("/order/cleared"), cookies: [desk.cookies.removal(ReaderDesk.cookie)])
    }

    func cleared(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = Visit(language: language, id: nil, state: .none)
        let page = MessageView(
            title: visit.phrases("clearedTitle"), paragraphs: [visit.phrases("clearedText")],
            link: .init(path: visit.path("/"), text: visit.phrases("startNew")))
        return desk.press.answer("message", page, frame: desk.frame(visit, "clearedTitle", other: "/order/cleared"))
    }
}

struct FailedView: Sendable {
    let token, sendPath: String
}

struct ClearView: Sendable {
    let token, backPath: String
}

/// All answers, to be looked at once more.
struct CheckView: Sendable {
    struct Line: Sendable {
        let name: String
        let tongue: String?
        let copies: String
    }

    let token: String
    let gone: [GoneView]
    let canSend: Bool
    /// What helps where something ran out: what to do, and the button that does it.
    let goneText, goneButton: String
    let lines: [Line]
    let weight, label: String
    let email, phone, who: String?
    let hasNoContact: Bool
    let promise: SpokenText?

    init(_ sheet: AnswerSheet, _ desk: ReaderDesk, _ visit: Visit) {
        let phrases = visit.phrases
        let counted = sheet.counted(in: desk.store.catalog)
        token = visit.token
        gone = GoneView.all(in: sheet, desk.store.catalog, phrases)
        canSend = gone.isEmpty
        goneButton = counted.isEmpty ? phrases("goneChoose") : phrases.counted("goneGo", gone.count)
        goneText =
            counted.isEmpty
            ? phrases("goneAll") : phrases.counted("goneFirst", gone.count, ["button": goneButton])
        lines = counted.map { title, copies in
            let isOwn = CatalogFilter.primary(title.language) == visit.language.rawValue
            return Line(
                name: title.title, tongue: isOwn ? nil : title.language,
                copies: phrases.counted("copiesCount", copies))
        }
        let used = WeightMeter(.total(counted), limit: desk.limit).used
        weight = phrases("weightOf", ["used": used, "limit": desk.words(desk.limit, phrases)])
        label = Self.label(sheet, desk.settings.rules)
        email = sheet.email.trimmed.nilIfEmpty
        phone = sheet.phone.trimmed.nilIfEmpty
        who = ContactPageController.who.first { $0.0 == sheet.requester }.map { phrases($0.1) }
        hasNoContact = sheet.email.trimmed.isEmpty && sheet.phone.trimmed.isEmpty
        promise = desk.settings.organization.deliveryPromise(in: visit.language)
    }

    /// As it will stand on the package.
    private static func label(_ sheet: AnswerSheet, _ rules: OrderRules) -> String {
        var address = sheet.address
        address.phone = nil
        guard case .success(let shipTo) = address.validated(rules: rules, at: "") else { return "" }
        let lines: [String?] = [
            shipTo.name, shipTo.organization, shipTo.line1, shipTo.line2,
            "\(shipTo.city), \(shipTo.region) \(shipTo.postalCode)",
        ]
        return lines.compactMap(\.self).joined(separator: "\n")
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
