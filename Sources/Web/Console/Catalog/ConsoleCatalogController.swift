import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// The catalog as staff keep it. Placed orders never change with it.
struct ConsoleCatalogController: Sendable {
    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        [
            desk.get("/staff/catalog", for: .ordersRead, list),
            desk.get("/staff/catalog.csv", for: .ordersRead, sheet),
            desk.get("/staff/catalog/new", for: .catalogWrite, new),
            desk.post("/staff/catalog/new", for: .catalogWrite, save),
            desk.get("/staff/catalog/import", for: .catalogWrite, importPage),
            .post("/staff/catalog/import", for: .console(.catalogWrite), preview),
            desk.post("/staff/catalog/import/do", for: .catalogWrite, importFile),
            desk.get("/staff/catalog/{sku}", for: .catalogWrite, edit),
            desk.post("/staff/catalog/{sku}", for: .catalogWrite, save),
            desk.get("/staff/catalog/{sku}/availability", for: .catalogWrite, askUnavailable),
            desk.post("/staff/catalog/{sku}/availability", for: .catalogWrite, setAvailability),
        ]
    }

    @Sendable private func list(_ visit: StaffVisit) async throws -> Response {
        let parameters = try QueryParameters(visit.request)
        let view = ConsoleCatalogView(
            desk.store.catalog.titles, typed: String((parameters.all("q").first ?? "").prefix(100)),
            done: parameters.all("done").first)
        return desk.page("staffcatalog", visit, title: "Catalog", tab: .catalog, view)
    }

    /// The file that an import reads back to the same titles.
    @Sendable private func sheet(_ visit: StaffVisit) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present",
                .contentDisposition: "attachment; filename=\"catalog.csv\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: CatalogFile.write(desk.store.catalog.titles))))
    }

    // MARK: One title

    @Sendable private func new(_ visit: StaffVisit) async throws -> Response {
        page(visit, TitleView(TitleEntry(), isNew: true, problems: []))
    }

    @Sendable private func edit(_ visit: StaffVisit) async throws -> Response {
        guard let title = visit.context.pathPart("sku").flatMap({ desk.store.catalog[$0] }) else {
            throw Problem.notFound
        }
        return page(visit, TitleView(TitleEntry(title), isNew: false, problems: [], was: Self.mark(title)))
    }

    private func page(_ visit: StaffVisit, _ view: TitleView, status: HTTPResponse.Status = .ok) -> Response {
        desk.page(
            "stafftitle", visit, title: view.heading, tab: .catalog, view, status: status,
            hasErrors: view.problems.isAny)
    }

    @Sendable private func save(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let isNew = visit.context.pathPart("sku") == nil
        let entry = TitleEntry(form, sku: visit.context.pathPart("sku") ?? form["sku"] ?? "")
        let was = form["was"] ?? ""
        switch entry.judged() {
        case .failure(let invalid):
            return page(
                visit, TitleView(entry, isNew: isNew, problems: invalid.problems, was: was),
                status: .unprocessableContent)
        case .success(let title):
            if isNew && desk.store.catalog[title.sku] != nil {
                let taken = FieldProblem("/sku", "taken", "is in the catalog already; change it there")
                return page(visit, TitleView(entry, isNew: true, problems: [taken]), status: .unprocessableContent)
            }
            if !isNew, let now = desk.store.catalog[title.sku], Self.mark(now) != was {
                var view = TitleView(entry, isNew: false, problems: [], was: Self.mark(now))
                view.changed =
                    "Somebody changed this title since you opened it. What you typed is still here. "
                    + "Save again to put it in place of theirs."
                return page(visit, view, status: .conflict)
            }
            let change = try await desk.store.put([title])
            return .seeOther("/staff/catalog?done=\(change.unchanged == 1 ? "same" : "saved")")
        }
    }

    /// Tells whether a title is still as a form showed it, also when the program started again meanwhile.
    private static func mark(_ title: Title) -> String {
        var json = JSONWriter()
        title.write(to: &json)
        return Base64URL.encode(Array(SHA256.hash(data: json.bytes)))
    }

    /// It takes the title from the readers' list, so it is asked once more; the way back needs no asking.
    @Sendable private func askUnavailable(_ visit: StaffVisit) async throws -> Response {
        guard let title = visit.context.pathPart("sku").flatMap({ desk.store.catalog[$0] }) else {
            throw Problem.notFound
        }
        let typed = String((try QueryParameters(visit.request).all("q").first ?? "").prefix(100))
        let back = "/staff/catalog" + (typed.isEmpty ? "" : "?q=" + URLText.encode(typed)) + "#t-\(title.sku)"
        guard title.available else { return .seeOther(back) }
        let view = AskView(
            question: "Set \(title.sku) to no copies?",
            paragraphs: [
                "“\(title.title)” cannot be ordered until somebody sets it to available again.",
                "Orders that were placed keep it.",
            ], path: "/staff/catalog/\(title.sku)/availability", confirm: "Set to no copies", back: back,
            isDangerous: false,
            fields: [.init(name: "available", value: "false"), .init(name: "q", value: typed)])
        return desk.page("staffask", visit, title: "Set to no copies", tab: .catalog, view)
    }

    @Sendable private func setAvailability(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        guard let title = visit.context.pathPart("sku").flatMap({ desk.store.catalog[$0] }) else {
            throw Problem.notFound
        }
        var entry = TitleEntry(title)
        entry.available = form["available"] == "true"
        guard case .success(let changed) = entry.judged() else { throw Problem.notFound }
        _ = try await desk.store.put([changed])
        let query = form["q"].map { $0.isEmpty ? "" : "&q=" + URLText.encode($0) } ?? ""
        return .seeOther(
            "/staff/catalog?done=\(changed.available ? "available" : "unavailable")\(query)#t-\(title.sku)")
    }

    // MARK: Import

    @Sendable private func importPage(_ visit: StaffVisit) async throws -> Response { importPage(visit, nil) }

    private func importPage(_ visit: StaffVisit, _ invalid: InvalidFields?) -> Response {
        let view = ImportView(invalid?.problems ?? [])
        return desk.page(
            "staffimport", visit, title: "Import titles", tab: .catalog, view,
            status: invalid == nil ? .ok : .unprocessableContent, hasErrors: invalid != nil)
    }

    /// The file waits, read and judged, until its changes are confirmed. It comes with a form of another kind, so the
    /// guards of every form stand here once more.
    @Sendable private func preview(_ request: Request, _ context: WebContext) async throws -> Response {
        guard case .ours = PostOrigin(request, publicURL: desk.settings.publicURL) else { throw Problem(.crossSite) }
        let visit: StaffVisit
        switch try await desk.admit(request, context, for: .catalogWrite) {
        case .visit(let admitted): visit = admitted
        case .answer(let answer): return answer
        }
        let form = try await MultipartForm(
            of: request, with: desk.bodies, limitBytes: desk.settings.importLimitBytes)
        guard isSameSecret(form["token"] ?? "", visit.secret.formToken) else { throw Problem(.crossSite) }
        guard let bytes = form.file("file"), !bytes.isEmpty else {
            return importPage(visit, InvalidFields(problems: [FieldProblem("", "required", "Choose a file first")]))
        }
        let titles: [Title]
        do {
            titles = try CatalogFile.read(bytes)
        } catch {
            return importPage(visit, error)
        }
        let key = desk.shelves.files.put(titles, for: visit.secret.hash)
        let view = ImportPreviewView(titles, catalog: desk.store.catalog, key: key)
        return desk.page("staffpreview", visit, title: "What the import changes", tab: .catalog, view)
    }

    @Sendable private func importFile(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let key = form["key"] ?? ""
        guard let titles = desk.shelves.files.item(key, for: visit.secret.hash) else {
            return desk.message(
                visit, "Choose the file again", status: .conflict,
                ["The file did not wait any longer. Nothing was changed."],
                back: ("/staff/catalog/import", "Back to the import"))
        }
        guard form["version"] == String(desk.store.catalog.version) else {
            let view = ImportPreviewView(titles, catalog: desk.store.catalog, key: key, isStale: true)
            return desk.page(
                "staffpreview", visit, title: "What the import changes", tab: .catalog, view, status: .conflict)
        }
        _ = try await desk.store.put(titles)
        desk.shelves.files.remove(key, for: visit.secret.hash)
        return .seeOther("/staff/catalog?done=imported")
    }
}
