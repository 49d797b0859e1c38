import HTTPTypes
import Hummingbird
import Orders

/// How to reach the reader, and for whom the order is. All of it may stay blank.
struct ContactPageController: Sendable {
    private static let path = "/order/contact"
    /// Hidden from people; a program that fills in every field gives itself away.
    private static let trap = "leave_blank"

    let desk: ReaderDesk
    let language: Language

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let visit = try await desk.visit(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard let sheet = visit.sheet, !sheet.lines.isEmpty else { return .seeOther(visit.path("/")) }
        guard sheet.hasAddress else { return .seeOther(visit.path("/order/address")) }
        return page(visit, sheet)
    }

    func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visit, form) = try await desk.posted(request, language)
        if let answer = desk.withoutSheet(visit, request) { return answer }
        guard var sheet = visit.sheet, let id = visit.id else { return .seeOther(visit.path("/")) }
        sheet.email = String((form["email"] ?? "").prefix(300))
        sheet.phone = String((form["phone"] ?? "").prefix(300))
        sheet.requester = form["requester"].flatMap(RequesterType.init(rawValue:))?.rawValue ?? ""
        var problems = AddressProblems.ofContact(sheet, desk.settings.rules, visit.phrases)
        let isTrapped = !(form[Self.trap] ?? "").isEmpty
        if isTrapped { problems.append(PageProblem(field: Self.trap, message: visit.phrases("leaveBlankError"))) }
        if form["switch"] != nil || form["back"] != nil {
            // What was right before may be broken now; what was never sent with Continue does not become right.
            sheet.hasContact = sheet.hasContact && problems.isEmpty
            return try await desk.kept(sheet, of: visit, then: form["back"] == nil ? Self.path : "/order/address")
        }
        sheet.hasContact = problems.isEmpty
        if problems.isEmpty { return try await desk.kept(sheet, of: visit, then: "/order/check") }
        guard try await desk.store.keep(sheet, as: DraftID.hash(id), at: desk.now) else {
            return .seeOther(visit.path("/order/check"))
        }
        return page(visit, sheet, problems: problems, isTrapped: isTrapped)
    }

    private func page(
        _ visit: Visit, _ sheet: AnswerSheet, problems: [PageProblem] = [], isTrapped: Bool = false
    ) -> Response {
        let phrases = visit.phrases
        let list = ProblemList(problems, phrases)
        var email = FieldView(
            id: "email", label: phrases("email"), value: sheet.email, hint: phrases("emailHint"),
            optionalMark: phrases("optional"), kind: "email", autocomplete: "email", inputmode: "email",
            hasNoSpelling: true)
        email.wrong = list.message("email")
        var phone = FieldView(
            id: "phone", label: phrases("phone"), value: sheet.phone, hint: phrases("phoneHint"),
            optionalMark: phrases("optional"), kind: "tel", autocomplete: "tel", inputmode: "tel",
            hasNoSpelling: true)
        phone.wrong = list.message("phone")
        let view = ContactView(
            token: visit.token, problems: list, fields: [ShownField(email), ShownField(phone)],
            choices: Self.who.map { value, key in
                .init(value: value, label: phrases(key), isChosen: sheet.requester == value)
            },
            trapIsSeen: isTrapped, trapWrong: list.message(Self.trap))
        var frame = desk.frame(visit, "contactTitle", other: Self.path, formID: "answers")
        frame.hasErrors = list.isAny
        return desk.press.answer(
            "contact", view, frame: frame, status: list.isAny ? .unprocessableContent : .ok)
    }

    /// Values of the contract; what people are not asked to tell apart is left out.
    static let who = [
        ("patient", "whoPatient"), ("caregiver", "whoCaregiver"), ("organization", "whoOrganization"),
        ("other", "whoOther"),
    ]
}

struct ContactView: Sendable {
    let token: String
    let problems: ProblemList
    let fields: [ShownField]
    let choices: [CatalogView.Choice]
    let trapIsSeen: Bool
    let trapWrong: String?
}
