import Fulfillment
import Hummingbird
import Orders

/// The pages that ask once more before something is done with an order, and the doing.
struct OrderActionController: Sendable {
    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        OrderAction.allCases.flatMap { action in
            let path = "/staff/orders/{number}/\(action.rawValue)"
            return [
                desk.get(path, for: .ordersWrite) { visit in try await ask(action, visit) },
                desk.post(path, for: .ordersWrite) { visit, form in try await act(action, visit, form) },
            ]
        }
    }

    private func ask(_ action: OrderAction, _ visit: StaffVisit) async throws -> Response {
        guard let detail = try await desk.store.detail(try visit.number()) else { throw Problem.notFound }
        let list = try QueryParameters(visit.request).all("list").first
        if let refusal = action.refusal(detail, at: desk.clock.now) {
            return refused(action, refusal, detail.order, visit, list: list ?? "")
        }
        let view = OrderActionView(action, detail, list: list ?? "", address: .init(filling: detail.order.shipTo))
        return page(visit, view)
    }

    private func page(_ visit: StaffVisit, _ view: OrderActionView, status: HTTPResponse.Status = .ok) -> Response {
        desk.page(
            "staffaction", visit, title: view.documentTitle, tab: .orders, view, status: status,
            hasErrors: view.problems.isAny)
    }

    private func act(_ action: OrderAction, _ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let number = try visit.number()
        guard let detail = try await desk.store.detail(number) else { throw Problem.notFound }
        let list = form["list"] ?? ""
        let address = AddressForm(form)
        var view = OrderActionView(action, detail, list: list, address: address)
        view.typedReason = form["reason"] ?? ""
        let reason = view.judgeReason(of: action)
        let shipTo = action == .address ? view.judgeAddress(address, rules: desk.settings.rules) : detail.order.shipTo
        guard !view.problems.isAny, let shipTo else { return page(visit, view, status: .unprocessableContent) }

        let tag = form["tag"] ?? ""
        for _ in 0..<8 {
            let now = desk.clock.now
            let outcome = try await desk.store.perform(
                action.staffAction(at: now, reason: reason, shipTo: shipTo), on: number, by: visit.actor, at: now,
                ifMatch: [tag])
            switch outcome {
            case .done: return done(action, number, list)
            case .reshipped(_, let new): return done(action, new.order.number, list)
            case .notFound: throw Problem.notFound
            case .refused(let refusal):
                guard let order = try await desk.store.order(number) else { throw Problem.notFound }
                return refused(action, refusal, order, visit, list: list, typed: form)
            case .changedSince: return try await changed(view, visit, number, action, typed: form)
            case .identityTaken: continue
            }
        }
        throw Problem.unavailable("No order number could be drawn. Please try again.")
    }

    private func done(_ action: OrderAction, _ number: OrderNumber, _ list: String) -> Response {
        let back = list.isEmpty ? "" : "&list=" + URLText.encode(list)
        return .seeOther("/staff/orders/\(number)?done=\(action.rawValue)\(back)")
    }

    /// - Parameter typed: what was typed for it, which can be kept as a note.
    private func refused(
        _ action: OrderAction, _ refusal: TransitionRefusal, _ order: Order, _ visit: StaffVisit, list: String,
        typed: FormFields? = nil
    ) -> Response {
        let fields = typed.flatMap { InterruptedForm(visit.request, $0)?.typed } ?? []
        let text =
            fields.count == 1 ? fields[0].value : fields.map { "\($0.label): \($0.value)" }.joined(separator: "\n")
        let number = order.number
        let words = action.words(for: refusal, of: order)
        let state = "Order \(number) is in the state “\(StatusTag(refusal.currentStatus).text)”"
        let view = RefusedActionView(
            title: "Not possible now: \(action.title.lowercased())", number: number.description,
            why: refusal.isTheStatusAlone ? "\(state)." : "\(state): \(words).",
            typed: text.isEmpty ? nil : .init(text: text),
            list: list, back: URLText.order(number, list: list))
        return desk.page("staffrefused", visit, title: view.title, tab: .orders, view, status: .conflict)
    }

    /// Says who changed it when, keeps what was typed, and asks again for the order as it is now.
    private func changed(
        _ view: OrderActionView, _ visit: StaffVisit, _ number: OrderNumber, _ action: OrderAction, typed: FormFields
    ) async throws -> Response {
        guard let detail = try await desk.store.detail(number) else { throw Problem.notFound }
        if let refusal = action.refusal(detail, at: desk.clock.now) {
            return refused(action, refusal, detail.order, visit, list: view.list, typed: typed)
        }
        var view = view
        view.tag = detail.entityTag
        view.status = StatusTag(detail.order.status).text
        view.changed = detail.lastChange(desk.time)
        return page(visit, view, status: .conflict)
    }
}

extension OrderDetail {
    /// "kim changed this order at 9:41 a.m.: Put on hold."
    func lastChange(_ time: OfficeTime) -> String {
        guard let last = history.last else { return "This order changed since you looked." }
        return "This order changed since you looked. Last: \(last.actor.shown), \(time.clock(last.at)), "
            + "“\(TimelineEntry.words(for: last.event))”. What you typed is still here. Look and confirm again."
    }
}

/// Values of the page that says why not.
struct RefusedActionView: Sendable {
    struct Typed: Sendable {
        let text: String
    }

    let title, number, why: String
    /// What would be lost; nil for nothing.
    let typed: Typed?
    let list, back: String
}

/// Values of a page that asks.
struct OrderActionView: Sendable {
    struct Field: Sendable {
        let id, name, label, value, complete: String
        let problem: String?
        let isOptional, isShort: Bool
    }

    struct Reason: Sendable {
        let label: String
        let isOptional: Bool
    }

    let documentTitle, question, consequence, confirm: String
    let isDangerous: Bool
    let number: String
    var status: String
    let path: String
    let recipient: String
    let contents: String
    let list: String
    let back: String
    var tag: String
    var changed: String?
    let reason: Reason?
    var typedReason = ""
    var reasonProblem: String?
    var fields: [Field] = []
    var problems = ConsoleProblems()

    init(_ action: OrderAction, _ detail: OrderDetail, list: String, address: AddressForm) {
        let order = detail.order
        documentTitle = "\(action.title), order \(order.number)"
        question = action.question(order.number)
        consequence = action.consequence(order)
        confirm = action.confirm
        isDangerous = action.isDangerous
        number = order.number.description
        status = StatusTag(order.status).text
        path = "/staff/orders/\(order.number)/\(action.rawValue)"
        recipient = "\(order.shipTo.name), \(order.shipTo.city), \(order.shipTo.region)"
        contents =
            "\(Digits.counted(order.lines.count, "title", "titles")), "
            + "\(Digits.counted(order.copies, "copy", "copies")), \(order.statedTotalWeight.shown)"
        self.list = list
        back = URLText.order(order.number, list: list)
        tag = detail.entityTag
        reason = action.reason.map { Reason(label: $0.label, isOptional: !$0.isRequired) }
        if action == .address { fields = Self.fields(address, problems: []) }
    }

    mutating func judgeReason(of action: OrderAction) -> String? {
        guard let wanted = action.reason else { return nil }
        var judge = FieldJudge()
        let text = judge.text(typedReason, at: "", maximum: 1000, allowingLineBreaks: true)
        if let problem = judge.problems.first {
            reasonProblem = "The reason \(problem.detail)"
        } else if text == nil && wanted.isRequired {
            reasonProblem = "Say why, in a few words"
        }
        if let reasonProblem { problems.add("reason", reasonProblem) }
        return text
    }

    mutating func judgeAddress(_ form: AddressForm, rules: OrderRules) -> ShipTo? {
        switch form.validated(rules: rules, at: "") {
        case .success(let shipTo): return shipTo
        case .failure(let invalid):
            fields = Self.fields(form, problems: invalid.problems)
            for field in fields { if let problem = field.problem { problems.add(field.id, problem) } }
            return nil
        }
    }

    private static func fields(_ form: AddressForm, problems: [FieldProblem]) -> [Field] {
        let all: [(name: String, label: String, value: String?, isOptional: Bool)] = [
            ("name", "Name", form.name, false), ("organization", "Organization", form.organization, true),
            ("line1", "Street address or PO Box", form.line1, false),
            ("line2", "Apartment, suite, or unit", form.line2, true), ("city", "City", form.city, false),
            ("region", "State (two letters)", form.region, false), ("postal_code", "ZIP code", form.postalCode, false),
            ("phone", "Phone", form.phone, true),
        ]
        return all.map { field in
            let problem = problems.first { $0.pointer == "/\(field.name)" }
            return Field(
                id: "f-" + field.name, name: field.name, label: field.label, value: field.value ?? "",
                complete: "off", problem: problem.map { "\(field.label): \($0.detail)" },
                isOptional: field.isOptional, isShort: ["region", "postal_code", "phone"].contains(field.name))
        }
    }
}

extension AddressForm {
    init(filling shipTo: ShipTo) {
        self.init()
        name = shipTo.name
        organization = shipTo.organization
        line1 = shipTo.line1
        line2 = shipTo.line2
        city = shipTo.city
        region = shipTo.region
        postalCode = shipTo.postalCode
        country = shipTo.country
        phone = shipTo.phone
    }

    /// As it was typed into the console's form, which has no field for the country.
    init(_ form: FormFields) {
        self.init()
        name = form["name"]
        organization = form["organization"]
        line1 = form["line1"]
        line2 = form["line2"]
        city = form["city"]
        region = form["region"]
        postalCode = form["postal_code"]
        country = form["country"]
        phone = form["phone"]
    }
}
