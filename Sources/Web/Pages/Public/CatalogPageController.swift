import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import Synchronization

/// The first page: choosing booklets.
struct CatalogPageController: Sendable {
    let desk: ReaderDesk
    let language: Language
    private let newcomers = NewcomersPages()

    init(desk: ReaderDesk, language: Language) {
        self.desk = desk
        self.language = language
    }

    /// `GET /`. A query filters, so that a link to a part of the catalog can be shared; the page's own form does not use
    /// one, since a search may tell of an illness.
    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        let query = try QueryParameters(request)
        let asked = CatalogFilter(
            words: query.all("q").first ?? "", language: query.all("language").first ?? "",
            topic: query.all("topic").first.flatMap { Topic(rawValue: $0) }, format: query.all("format").first ?? "")
        let sheet = visit.sheet
        let filter = asked.isEmpty ? sheet?.filter ?? asked : asked
        return page(visit, filter: filter, picked: sheet?.lines.map(\.sku) ?? [], request)
    }

    /// `POST /order/booklets`
    func choose(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, form) = try await desk.posted(request, language)
        let catalog = desk.store.catalog
        // A sheet whose order was placed, or that is gone, is left behind: this is a new order.
        var sheet = visit.sheet ?? AnswerSheet(key: "page-" + DraftID.draw())
        let visitor = visit.sheet == nil ? Visit(language: language, id: nil, state: .none) : visit
        let shown = Set((form["shown"] ?? "").split(separator: ",").map(String.init))
        let ticked = form.all("pick").filter { catalog[$0]?.available == true }
        sheet.lines.removeAll { shown.contains($0.sku) && !ticked.contains($0.sku) }
        for sku in ticked where sheet[sku] == nil { sheet.lines.append(.init(sku: sku, copies: "1")) }
        sheet.lines = Array(sheet.lines.prefix(RequestedItems.maximumLines + 1))
        // What is said of the one that ran out is said in the other language too.
        if form["switch"] == nil || !sheet.lines.isEmpty { sheet.removed = nil }
        if form["all"] != nil {
            sheet.filter = CatalogFilter()
        } else {
            sheet.filter = CatalogFilter(
                words: String((form["words"] ?? "").prefix(100)), language: form["language"] ?? "",
                topic: form["topic"].flatMap { Topic(rawValue: $0) }, format: form["format"] ?? "")
        }
        if form["switch"] != nil { return try await desk.kept(sheet, of: visitor, then: "/") }
        if form["show"] != nil || form["all"] != nil {
            return try await desk.kept(sheet, of: visitor, then: "/#booklets")
        }
        let refusal: PageProblem? =
            if sheet.lines.isEmpty {
                PageProblem(field: firstBox(catalog, sheet.filter), message: visit.phrases("chooseNone"))
            } else if sheet.lines.count > RequestedItems.maximumLines {
                PageProblem(
                    field: firstBox(catalog, sheet.filter),
                    message: visit.phrases("chooseTooMany", ["count": String(RequestedItems.maximumLines)]))
            } else { nil }
        guard let refusal else { return try await desk.kept(sheet, of: visitor, then: "/order/copies") }
        return page(visit, filter: sheet.filter, picked: sheet.lines.map(\.sku), request, problems: [refusal])
    }

    /// The field that the summary leads to: the first box there is, or the search.
    private func firstBox(_ catalog: Catalog, _ filter: CatalogFilter) -> String {
        for topic in Topic.allCases {
            let rows = catalog.titles.filter { Topic(of: $0) == topic && filter.picks($0) }
            let own = rows.filter { CatalogFilter.primary($0.language) == language.rawValue }
            if let first = (own + rows).first(where: \.available) { return "pick-" + first.sku }
        }
        return "words"
    }

    private func page(
        _ visit: Visit, filter: CatalogFilter, picked: [String], _ request: Request, problems: [PageProblem] = []
    ) -> Response {
        let catalog = desk.store.catalog
        let hint = hint(request, visit)
        let ranOut = problems.isEmpty ? visit.sheet?.ranOut(catalog) : nil
        var frame = desk.frame(visit, "chooseTitle", other: "/", formID: "answers")
        frame.otherLanguagePath = visit.other.path("/order/booklets")
        frame.isForSearchEngines = problems.isEmpty && ranOut == nil
        frame.hasErrors = !problems.isEmpty
        func html() -> ByteBuffer {
            let view = CatalogView(
                catalog, filter: filter, picked: picked, problems: problems,
                limit: desk.words(desk.limit, visit.phrases), ranOut: ranOut, hint: hint, visit: visit)
            return ByteBuffer(string: desk.press.html("catalog", view, frame: frame))
        }
        let isNewcomer = visit.id == nil && filter.isEmpty && problems.isEmpty && picked.isEmpty
        let body = isNewcomer ? newcomers.html(catalog.version, isHinted: hint != nil, html) : html()
        var response = desk.press.answer(
            body, frame: frame, status: problems.isEmpty ? .ok : .unprocessableContent,
            keeping: visit.id == nil ? "private, no-cache" : "no-store")
        response.headers[.vary] = "Accept-Language, Cookie"
        response.headers[.link] = "</v1/catalog>; rel=\"alternate\"; type=\"application/json\""
        return response
    }

    /// The browser's language is only a hint: it may be set by a shop, a library or a nephew.
    private func hint(_ request: Request, _ visit: Visit) -> CatalogView.Hint? {
        let other = visit.other
        guard let first = request.headers[.acceptLanguage]?.split(separator: ",").first,
            CatalogFilter.primary(first.split(separator: ";")[0].filter { $0 != " " }) == other.language.rawValue
        else { return nil }
        return .init(
            code: other.language.rawValue, text: visit.phrases("hintLanguage"),
            link: visit.phrases("hintLanguageLink"), path: other.path("/"))
    }
}

/// The first page as everybody without a draft sees it, printed once for each catalog: it is the largest and most often
/// asked for of all.
private final class NewcomersPages: Sendable {
    private let latest = Mutex<[Bool: (version: Int64, html: ByteBuffer)]>([:])

    func html(_ version: Int64, isHinted: Bool, _ print: () -> ByteBuffer) -> ByteBuffer {
        if let known = latest.withLock({ $0[isHinted] }), known.version == version { return known.html }
        let html = print()
        latest.withLock { $0[isHinted] = (version, html) }
        return html
    }
}
