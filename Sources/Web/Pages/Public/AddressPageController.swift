import HTTPTypes
import Hummingbird
import Orders

/// Where the package goes.
struct AddressPageController: Sendable {
    private static let path = "/order/address"

    let desk: ReaderDesk
    let language: Language

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard let sheet = visit.sheet, !sheet.lines.isEmpty else { return .seeOther(visit.path("/")) }
        return page(visit, sheet)
    }

    func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, form) = try await desk.posted(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard var sheet = visit.sheet, let id = visit.id else { return .seeOther(visit.path("/")) }
        // Far longer than any field may be, and short enough to keep.
        func typed(_ name: String) -> String { String((form[name] ?? "").prefix(300)) }
        sheet.name = typed("name")
        sheet.organization = typed("organization")
        sheet.line1 = typed("line1")
        sheet.line2 = typed("line2")
        sheet.city = typed("city")
        sheet.region = typed("region")
        sheet.postalCode = typed("postal_code")
        if form["urbanization"] != nil { sheet.urbanization = typed("urbanization") }

        let isAbroad = TypedAddress.isAbroad(region: sheet.region, postalCode: sheet.postalCode)
        let problems = isAbroad ? [] : AddressProblems.of(sheet, desk.settings.rules, visit.phrases)
        let isRight = problems.isEmpty && !isAbroad
        if form["switch"] != nil || form["back"] != nil {
            // What was right before may be broken now; what was never sent with Continue does not become right.
            sheet.hasAddress = sheet.hasAddress && isRight
            return try await desk.kept(sheet, of: visit, then: form["back"] == nil ? Self.path : "/order/copies")
        }
        let isPuertoRico = TypedAddress.region(sheet.region) == "PR"
        let asksUrbanization = problems.isEmpty && sheet.urbanization == nil && isPuertoRico
        if asksUrbanization { sheet.urbanization = "" }
        // Another state has none: should it be Puerto Rico again, it is asked for again.
        if isRight && !isPuertoRico { sheet.urbanization = nil }
        sheet.hasAddress = isRight
        guard problems.isEmpty, !isAbroad, !asksUrbanization else {
            guard try await desk.store.keep(sheet, as: DraftID.hash(id), at: desk.now) else {
                return .seeOther(visit.path("/order/check"))
            }
            return page(
                visit, sheet, problems: problems, isAbroad: isAbroad, asksUrbanization: asksUrbanization)
        }
        return try await desk.kept(sheet, of: visit, then: sheet.hasContact ? "/order/check" : "/order/contact")
    }

    private func page(
        _ visit: Visit, _ sheet: AnswerSheet, problems: [PageProblem] = [], isAbroad: Bool = false,
        asksUrbanization: Bool = false
    ) -> Response {
        let phrases = visit.phrases
        let list = ProblemList(problems, phrases)
        let optional = phrases("optional")
        var fields = [
            FieldView(
                id: "name", label: phrases("name"), value: sheet.name, autocomplete: "name", hasNoSpelling: true),
            FieldView(
                id: "organization", label: phrases("organizationField"), value: sheet.organization,
                optionalMark: optional, autocomplete: "organization", hasNoSpelling: true),
            FieldView(
                id: "line1", label: phrases("line1"), value: sheet.line1, autocomplete: "address-line1",
                hasNoSpelling: true),
            FieldView(
                id: "line2", label: phrases("line2"), value: sheet.line2, optionalMark: optional,
                autocomplete: "address-line2", hasNoSpelling: true),
            FieldView(
                id: "city", label: phrases("city"), value: sheet.city, autocomplete: "address-level2",
                hasNoSpelling: true),
            FieldView(
                id: "region", label: phrases("region"), value: sheet.region, hint: phrases("regionHint"),
                autocomplete: "address-level1", hasNoSpelling: true),
            FieldView(
                id: "postal_code", label: phrases("postalCode"), value: sheet.postalCode, autocomplete: "postal-code",
                inputmode: "numeric", isShort: true, hasNoSpelling: true),
        ]
        if let urbanization = sheet.urbanization {
            fields.append(
                FieldView(
                    id: "urbanization", label: phrases("urbanization"), value: urbanization,
                    hint: phrases("urbanizationHint"), optionalMark: optional, autocomplete: "address-level3",
                    hasNoSpelling: true))
        }
        for index in fields.indices { fields[index].wrong = list.message(fields[index].id) }
        let view = AddressView(
            token: visit.token, problems: list, fields: fields.map(ShownField.init), isAbroad: isAbroad,
            asksUrbanization: asksUrbanization, startPath: visit.path("/"))
        var frame = desk.frame(visit, "addressTitle", other: Self.path, formID: "answers")
        frame.hasErrors = list.isAny
        // Abroad is an answer of ours to a form that was understood, and no mistake of theirs.
        let status: HTTPResponse.Status = list.isAny || isAbroad ? .unprocessableContent : .ok
        return desk.press.answer("address", view, frame: frame, status: status)
    }
}

struct AddressView: Sendable {
    let token: String
    let problems: ProblemList
    let fields: [ShownField]
    let isAbroad, asksUrbanization: Bool
    let startPath: String
}

/// What is wrong with an address or a contact, in the words of the page.
enum AddressProblems {
    /// In the order of the page's fields.
    static func of(_ sheet: AnswerSheet, _ rules: OrderRules, _ phrases: Phrases) -> [PageProblem] {
        var address = sheet.address
        address.phone = nil
        guard case .failure(let invalid) = address.validated(rules: rules, at: "") else { return [] }
        let order = ["name", "organization", "line1", "line2", "city", "region", "postal_code"]
        let found = invalid.problems.map { PageProblem(field: field($0), message: words($0, sheet, phrases)) }
        return order.compactMap { name in found.first { $0.field == name } }
    }

    static func ofContact(_ sheet: AnswerSheet, _ rules: OrderRules, _ phrases: Phrases) -> [PageProblem] {
        let verdict = sheet.form(in: phrases.language).validated(
            against: Catalog(titles: [], version: 0), rules: rules)
        guard case .invalid(let problems) = verdict else { return [] }
        let found = problems.filter { ["/email", "/ship_to/phone"].contains($0.pointer) }
        return ["email", "phone"].compactMap { name in
            found.first { field($0) == name }.map {
                PageProblem(field: name, message: words($0, sheet, phrases))
            }
        }
    }

    private static func field(_ problem: FieldProblem) -> String {
        String(problem.pointer.split(separator: "/").last ?? "name")
    }

    private static func words(_ problem: FieldProblem, _ sheet: AnswerSheet, _ phrases: Phrases) -> String {
        let field = field(problem)
        switch (field, problem.code) {
        case ("postal_code", "postal_code_region_mismatch"):
            let prefix = Int(TypedAddress.postalCode(sheet.postalCode).prefix(3)) ?? 0
            let states = USRegions.regions(zipPrefix: prefix).map { USRegions.name(of: $0) }
            return phrases("otherPostalCode", ["states": states.joined(separator: " \(phrases("or")) ")])
        case ("postal_code", "invalid_postal_code"), ("postal_code", "too_long"): return phrases("wrongPostalCode")
        case ("region", "unknown_region"), ("region", "too_long"): return phrases("unknownRegion")
        case ("email", "invalid_email"): return phrases("wrongEmail")
        case ("phone", "invalid_phone"), ("phone", "too_long"): return phrases("wrongPhone")
        case ("name", "required"): return phrases("missingName")
        case ("line1", "required"): return phrases("missingLine1")
        case ("city", "required"): return phrases("missingCity")
        case ("region", "required"): return phrases("missingRegion")
        case ("postal_code", "required"): return phrases("missingPostalCode")
        case (_, "too_long"):
            return phrases("tooLong", ["field": label(field, phrases), "count": String(longest(field))])
        default: return phrases("strangeSign", ["field": label(field, phrases)])
        }
    }

    private static func longest(_ field: String) -> Int {
        switch field {
        case "city": 60
        case "email": 254
        default: 100
        }
    }

    private static func label(_ field: String, _ phrases: Phrases) -> String {
        switch field {
        case "name": phrases("name")
        case "organization": phrases("organizationField")
        case "line1": phrases("line1")
        case "line2": phrases("line2")
        case "city": phrases("city")
        case "region": phrases("region")
        case "postal_code": phrases("postalCode")
        case "email": phrases("email")
        default: phrases("phone")
        }
    }
}
