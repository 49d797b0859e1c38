import HTTPTypes
import Hummingbird
import Orders

/// How many copies of each booklet, and what they weigh. Every button works without a script: the server counts.
struct CopiesPageController: Sendable {
    private static let path = "/order/copies"

    let desk: ReaderDesk
    let language: Language

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard let sheet = visit.sheet, !sheet.lines.isEmpty || sheet.removed != nil,
            sheet.ranOut(desk.store.catalog) == nil
        else { return .seeOther(visit.path("/")) }
        return page(visit, sheet)
    }

    func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, form) = try await desk.posted(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard var sheet = visit.sheet else { return .seeOther(visit.path("/")) }
        let typed = Dictionary(form.named("copies.").map { ($0.name, $0.value) }) { first, _ in first }
        for index in sheet.lines.indices {
            if let text = typed[sheet.lines[index].sku] { sheet.lines[index].copies = String(text.prefix(20)) }
        }
        if let path = press(form, on: &sheet) { return try await desk.kept(sheet, of: visit, then: path) }
        sheet.removed = nil
        // No copies of something is the same as not choosing it.
        if let none = sheet.lines.first(where: { AnswerSheet.copies($0.copies) == 0 }) {
            sheet.lines.removeAll { AnswerSheet.copies($0.copies) == 0 }
            sheet.removed = .init(sku: none.sku, copies: "1")
            return try await desk.kept(sheet, of: visit, then: Self.path)
        }
        let problems = problems(sheet, visit.phrases)
        if problems.isEmpty, form["update"] != nil { return try await desk.kept(sheet, of: visit, then: Self.path) }
        if problems.isEmpty, sheet.lines.isEmpty { return try await desk.kept(sheet, of: visit, then: "/") }
        let isOver = Weight.total(sheet.counted(in: desk.store.catalog)) > desk.limit.weight
        // Continue goes on without what the page said is gone. What ran out since is told first.
        let gone = Set(GoneView.all(in: sheet, desk.store.catalog, visit.phrases).map(\.sku))
        if problems.isEmpty, !isOver, gone.isSubset(of: form.all("gone")) {
            if !gone.isEmpty { sheet.drop(gone) }
            return try await desk.kept(sheet, of: visit, then: sheet.lines.isEmpty ? "/" : next(sheet))
        }
        guard try await desk.store.keep(sheet, as: visit.id.map(DraftID.hash) ?? [], at: desk.now) else {
            return .seeOther(visit.path("/order/check"))
        }
        if problems.isEmpty, isOver { return tooHeavy(visit, sheet) }
        if problems.isEmpty { return .seeOther(visit.path(Self.path)) }
        return page(visit, sheet, problems: problems)
    }

    /// Who comes from the check page goes straight back to it.
    private func next(_ sheet: AnswerSheet) -> String {
        sheet.hasAddress && sheet.hasContact ? "/order/check" : "/order/address"
    }

    /// What a button other than Continue does.
    /// - Returns: where to go then; nil when none of them was pressed.
    private func press(_ form: FormFields, on sheet: inout AnswerSheet) -> String? {
        if form["switch"] != nil { return Self.path }
        if form["add"] != nil || form["back"] != nil { return "/" }
        if form["undo"] != nil, let line = sheet.removed {
            sheet.removed = nil
            if sheet[line.sku] == nil { sheet.lines.append(line) }
            return Self.path + "#" + CopiesView.line(line.sku, in: sheet)
        }
        if let sku = form["drop"], sheet[sku] != nil {
            sheet.drop([sku])
            return sheet.lines.isEmpty ? "/" : Self.path
        }
        if let sku = form["remove"], let line = sheet[sku] {
            sheet.lines.removeAll { $0.sku == sku }
            sheet.removed = line
            return Self.path
        }
        for (button, isStep) in [("step", true), ("fit", false)] {
            guard let value = form[button], let colon = value.lastIndex(of: ":"),
                let number = Int(value[value.index(after: colon)...].prefix(8))
            else { continue }
            let sku = String(value[..<colon])
            guard let index = sheet.lines.firstIndex(where: { $0.sku == sku }),
                let title = desk.store.catalog[sku]
            else { continue }
            if !isStep && number == 0 {
                sheet.removed = sheet.lines.remove(at: index)
                return Self.path
            }
            let before = AnswerSheet.copies(sheet.lines[index].copies) ?? 0
            let wanted = isStep ? before + (number < 0 ? -1 : 1) : number
            sheet.lines[index].copies = String(min(max(1, wanted), title.maxQuantity))
            sheet.removed = nil
            return Self.path + "#" + CopiesView.line(sku, in: sheet)
        }
        return nil
    }

    private func problems(_ sheet: AnswerSheet, _ phrases: Phrases) -> [PageProblem] {
        sheet.lines.compactMap { line in
            guard let title = desk.store.catalog[line.sku], title.available else { return nil }
            let field = CopiesView.field(line.sku, in: sheet)
            guard let copies = AnswerSheet.copies(line.copies), copies > 0 else {
                return PageProblem(field: field, message: phrases("copiesWhole", ["title": title.title]))
            }
            guard copies > title.maxQuantity else { return nil }
            return PageProblem(
                field: field,
                message: phrases("copiesMost", ["count": String(title.maxQuantity), "title": title.title]))
        }
    }

    /// The heaviest line is the one to start with.
    private func tooHeavy(_ visit: Visit, _ sheet: AnswerSheet) -> Response {
        let phrases = visit.phrases
        let counted = sheet.counted(in: desk.store.catalog)
        let heaviest = counted.max { a, b in
            a.title.unitWeight.weight * a.copies < b.title.unitWeight.weight * b.copies
        }
        let meter = WeightMeter(.total(counted), limit: desk.limit)
        let over = meter.over + " " + phrases(WeightMeter.unitKey(desk.limit.unit))
        let isOneEnough = !CopiesView.fits(sheet, desk.store.catalog, limit: desk.limit.weight).isEmpty
        let lead = [
            phrases("overTitle", ["over": over]), isOneEnough ? nil : phrases("overSeveral"),
            phrases("overText", ["limit": desk.words(desk.limit, phrases)]),
        ].compactMap(\.self).joined(separator: " ")
        let problems = heaviest.map { line in
            [
                PageProblem(
                    field: CopiesView.field(line.title.sku, in: sheet),
                    message: phrases("overField", ["title": line.title.title]))
            ]
        }
        return page(visit, sheet, problems: problems ?? [], lead: lead)
    }

    private func page(
        _ visit: Visit, _ sheet: AnswerSheet, problems: [PageProblem] = [], lead: String? = nil
    ) -> Response {
        let view = CopiesView(
            sheet, desk.store.catalog, limit: desk.limit, problems: problems, lead: lead, visit: visit,
            limitWords: desk.words(desk.limit, visit.phrases))
        var frame = desk.frame(visit, "copiesTitle", other: Self.path, formID: "answers")
        frame.hasErrors = !problems.isEmpty
        return desk.press.answer(
            "copies", view, frame: frame, status: problems.isEmpty ? .ok : .unprocessableContent)
    }
}
