import Orders

/// The second page: how many copies of each.
struct CopiesView: Sendable {
    struct Line: Sendable {
        let sku, field, place, name: String
        let tongue: String?
        let value, facts, label: String
        let unitQuanta, most: String
        let wrong, describedBy: String?
        let fewer, oneMore: String
        let fit: Fit?
    }

    /// What would fit, where the order is too heavy.
    struct Fit: Sendable {
        let text, button, value: String
    }

    let token: String
    let problems: ProblemList
    let limitText, moreText: String
    let meter: MeterView
    let lines: [Line]
    let gone: [GoneView]
    let removedText: String?
}

/// A chosen title without printed copies: nobody's mistake, so it is not among the errors.
struct GoneView: Sendable {
    let sku, heading: String
    let online: String?
    let outcome, button: String

    static func all(in sheet: AnswerSheet, _ catalog: Catalog, _ phrases: Phrases) -> [GoneView] {
        let titles = sheet.lines.compactMap { catalog[$0.sku] }
        let gone = titles.filter { !$0.available }
        let isAll = gone.count == titles.count
        return gone.map {
            GoneView(
                sku: $0.sku, heading: phrases("goneTitle", ["title": $0.title]), online: $0.pdfURL,
                outcome: phrases(isAll ? "goneAll" : "goneText"),
                button: isAll && gone.count == 1 ? phrases("goneChoose") : phrases("goneGoOne"))
        }
    }
}

extension AnswerSheet {
    /// Goes on without these. Where nothing is left, the last of them is remembered: the first page says why.
    mutating func drop(_ skus: Set<String>) {
        let dropped = lines.last { skus.contains($0.sku) }
        lines.removeAll { skus.contains($0.sku) }
        removed = lines.isEmpty ? dropped : nil
    }

    /// Why there is nothing in this sheet: the title that ran out; nil for all other reasons.
    func ranOut(_ catalog: Catalog) -> Title? {
        guard lines.isEmpty, let removed, let title = catalog[removed.sku], !title.available else { return nil }
        return title
    }
}

extension CopiesView {
    /// A line's field is named by its place: an address with `#` and a title in it would stay in the browser's history.
    static func field(_ sku: String, in sheet: AnswerSheet) -> String { "copies-" + place(sku, in: sheet) }

    /// The line around it, with the title: where a button leads without a script.
    static func line(_ sku: String, in sheet: AnswerSheet) -> String { "line-" + place(sku, in: sheet) }

    private static func place(_ sku: String, in sheet: AnswerSheet) -> String {
        String((sheet.lines.firstIndex { $0.sku == sku } ?? 0) + 1)
    }

    /// What would bring an order that is too heavy within the limit, by SKU: one change to one line each. Nothing where
    /// no single change does, and nothing before all numbers can be counted: no title pays for another one's slip.
    static func fits(_ sheet: AnswerSheet, _ catalog: Catalog, limit: Weight) -> [String: Int] {
        let counted = sheet.counted(in: catalog)
        let total = Weight.total(counted)
        let inPrint = sheet.lines.count(where: { catalog[$0.sku]?.available == true })
        guard total > limit, counted.count == inPrint,
            counted.allSatisfy({ $0.copies >= 1 && $0.copies <= $0.title.maxQuantity })
        else { return [:] }
        let pairs = zip(counted, Weight.copiesThatFit(counted, limit: limit)).filter { line, _ in
            total - line.title.unitWeight.weight * line.copies <= limit
        }
        return Dictionary(pairs.map { ($0.title.sku, $1) }) { first, _ in first }
    }

    /// - Parameters:
    ///   - problems: by line.
    ///   - lead: of the summary, where the order is too heavy.
    init(
        _ sheet: AnswerSheet, _ catalog: Catalog, limit: StatedWeight, problems: [PageProblem], lead: String?,
        visit: Visit, limitWords: String
    ) {
        let phrases = visit.phrases
        let total = Weight.total(sheet.counted(in: catalog))
        let fitBySKU = Self.fits(sheet, catalog, limit: limit.weight)
        let list = ProblemList(problems, phrases, lead: lead, offersPhone: lead != nil)
        token = visit.token
        self.problems = list
        limitText = phrases("copiesLimit", ["limit": limitWords])
        moreText = phrases("moreThanLimit", ["limit": limitWords])
        meter = WeightMeter(total, limit: limit).view(phrases)
        lines = sheet.lines.compactMap { line in
            guard let title = catalog[line.sku], title.available else { return nil }
            let name = ["title": title.title]
            let field = Self.field(line.sku, in: sheet)
            let wrong = list.message(field)
            let fit = fitBySKU[line.sku].map { fits in
                Fit(
                    text: fits == 0 ? phrases("fitNone") : phrases.counted("fit", fits),
                    button: fits == 0 ? phrases("fitUseNone") : phrases.counted("fitUse", fits),
                    value: "\(line.sku):\(fits)")
            }
            let ids = [wrong.map { _ in field + "-error" }, fit.map { _ in field + "-fit" }].compactMap(\.self)
            return Line(
                sku: line.sku, field: field, place: Self.line(line.sku, in: sheet), name: title.title,
                tongue: CatalogFilter.primary(title.language) == visit.language.rawValue ? nil : title.language,
                value: line.copies,
                facts: phrases("eachWeighs", ["weight": CatalogView.weight(title.unitWeight, phrases)]) + " · "
                    + phrases("upTo", ["count": String(title.maxQuantity)]),
                label: phrases("copiesOfTitle", name), unitQuanta: String(title.unitWeight.weight.quanta),
                most: String(title.maxQuantity), wrong: wrong,
                describedBy: ids.isEmpty ? nil : ids.joined(separator: " "), fewer: phrases("fewer", name),
                oneMore: phrases("oneMore", name), fit: fit)
        }
        gone = GoneView.all(in: sheet, catalog, phrases)
        removedText = sheet.removed.flatMap { catalog[$0.sku] }.map { phrases("removed", ["title": $0.title]) }
    }
}
