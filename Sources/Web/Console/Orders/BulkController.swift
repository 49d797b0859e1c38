import Fulfillment
import Hummingbird
import Orders

/// One action on many orders at once: what is chosen is shown first, with who cannot be changed and why; then it is
/// done, and told for each.
struct BulkController: Sendable {
    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        [
            desk.post("/staff/orders/bulk", for: .ordersRead, choose),
            desk.post("/staff/orders/bulk/do", for: .ordersWrite, act),
            desk.get("/staff/orders/bulk/{key}", for: .ordersRead, report),
        ]
    }

    /// Those of an order's actions that make sense for many.
    static let actions: [OrderAction] = [.hold, .release, .resend]

    private func back(_ form: FormFields) -> String { "/staff/orders?" + (form["list"] ?? "") }

    private func numbers(_ form: FormFields) -> [OrderNumber] {
        var seen: Set<OrderNumber> = []
        return form.all("order").compactMap { OrderNumber($0) }.filter { seen.insert($0).inserted }
    }

    @Sendable private func choose(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let numbers = Array(numbers(form).prefix(StaffPreferences.rowCounts.max() ?? 100))
        guard !numbers.isEmpty else { return .seeOther(back(form) + "&done=none") }
        if form["action"] == "slips" {
            let orders = numbers.map { (name: "order", value: $0.description) }
            let query = URLText.query(orders + [(name: "list", value: form["list"] ?? "")])
            return .seeOther("/staff/slips?" + query)
        }
        guard let action = form["action"].flatMap({ OrderAction(rawValue: $0) }), Self.actions.contains(action)
        else { throw Problem.malformed("/action", "unknown_value", "is none of the actions") }
        guard visit.account.allows(.ordersWrite) else {
            return desk.message(
                visit, "Your account cannot do this", status: .forbidden, ["It may look, but not change orders."])
        }
        return try await preview(visit, action, numbers, list: form["list"] ?? "")
    }

    private func preview(
        _ visit: StaffVisit, _ action: OrderAction, _ numbers: [OrderNumber], list: String, reason: String = "",
        problem: String? = nil
    ) async throws -> Response {
        var possible: [BulkPreviewView.Row] = []
        var refused: [BulkPreviewView.Row] = []
        for number in numbers {
            guard let detail = try await desk.store.detail(number) else {
                refused.append(.init(number: number, recipient: "", status: "", tag: "", why: "it does not exist"))
                continue
            }
            let refusal = action.refusal(detail, at: desk.clock.now)
            let row = BulkPreviewView.Row(
                number: number,
                recipient: detail.order.facts.erasedAt == nil ? detail.order.shipTo.name : "(erased)",
                status: StatusTag(detail.order.status).text, tag: detail.entityTag,
                why: refusal.map { action.words(for: $0, of: detail.order) } ?? "")
            if refusal == nil { possible.append(row) } else { refused.append(row) }
        }
        let view = BulkPreviewView(
            action: action, possible: possible, refused: refused, list: list, reason: reason, problem: problem)
        return desk.page(
            "staffbulk", visit, title: view.question, tab: .orders, view,
            status: problem == nil ? .ok : .unprocessableContent, hasErrors: problem != nil)
    }

    /// The form names each order with the tag of what was shown: one that changed since is left alone.
    @Sendable private func act(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        guard let action = form["action"].flatMap({ OrderAction(rawValue: $0) }), Self.actions.contains(action)
        else { throw Problem.malformed("/action", "unknown_value", "is none of the actions") }
        let numbers = Array(numbers(form).prefix(StaffPreferences.rowCounts.max() ?? 100))
        let list = form["list"] ?? ""
        var judge = FieldJudge()
        let reason = judge.text(form["reason"], at: "", maximum: 1000, allowingLineBreaks: true)
        if action.reason?.isRequired == true && reason == nil {
            let problem = judge.problems.first.map { "The reason \($0.detail)" } ?? "Say why, in a few words"
            return try await preview(
                visit, action, numbers, list: list, reason: form["reason"] ?? "", problem: problem)
        }
        let tags = Dictionary(form.named("tag."), uniquingKeysWith: { first, _ in first })
        var report = BulkReport(action: action, list: list)
        for number in numbers {
            guard let tag = tags[number.description] else { continue }
            try await report.add(number, perform(action, reason, number, tag, visit))
        }
        let key = desk.shelves.reports.put(report, for: visit.secret.hash)
        return .seeOther("/staff/orders/bulk/\(key)")
    }

    /// - Returns: nil when it was done, else why not.
    private func perform(
        _ action: OrderAction, _ reason: String?, _ number: OrderNumber, _ tag: String, _ visit: StaffVisit
    ) async throws -> String? {
        guard let detail = try await desk.store.detail(number) else { return "it does not exist any more" }
        let now = desk.clock.now
        let what = action.staffAction(at: now, reason: reason, shipTo: detail.order.shipTo)
        switch try await desk.store.perform(what, on: number, by: visit.actor, at: now, ifMatch: [tag]) {
        case .done, .reshipped: return nil
        case .notFound: return "it does not exist any more"
        case .refused(let refusal):
            let order = try await desk.store.order(number) ?? detail.order
            return action.words(for: refusal, of: order)
        case .changedSince:
            let last = try await desk.store.detail(number)?.history.last
            return "changed by \(last?.actor.shown ?? "somebody") at \(desk.time.clock(last?.at ?? now)) meanwhile"
        case .identityTaken: return "try it again"
        }
    }

    @Sendable private func report(_ visit: StaffVisit) async throws -> Response {
        let key = visit.context.pathPart("key") ?? ""
        guard let report = desk.shelves.reports.item(key, for: visit.secret.hash) else {
            return desk.message(
                visit, "This report is gone", status: .notFound,
                ["Reports are kept while you are signed in. Each order's page says what was done with it."])
        }
        return desk.page("staffreport", visit, title: report.title, tab: .orders, BulkReportView(report))
    }
}

/// What a bulk action did with each order.
struct BulkReport: Sendable {
    let action: OrderAction
    let list: String
    private(set) var done: [OrderNumber] = []
    private(set) var skipped: [(number: OrderNumber, why: String)] = []

    init(action: OrderAction, list: String) {
        self.action = action
        self.list = list
    }

    mutating func add(_ number: OrderNumber, _ refusal: String?) {
        if let refusal { skipped.append((number, refusal)) } else { done.append(number) }
    }

    /// "45 orders held. 3 were not changed."
    var title: String {
        let verb =
            switch action {
            case .hold: "held"
            case .release: "released"
            case .resend: "sent again"
            case .address, .cancel, .reship: "changed"
            }
        let rest = skipped.isEmpty ? "" : " \(skipped.count) \(skipped.count == 1 ? "was" : "were") not changed."
        return "\(Digits.counted(done.count, "order", "orders")) \(verb).\(rest)"
    }
}

struct BulkPreviewView: Sendable {
    struct Row: Sendable {
        let number, path, recipient, status, tag, why: String

        init(number: OrderNumber, recipient: String, status: String, tag: String, why: String) {
            self.number = number.description
            path = "/staff/orders/\(number)"
            self.recipient = recipient
            self.status = status
            self.tag = tag
            self.why = why
        }
    }

    let question: String
    let action: String
    let confirm: String
    let possible: [Row]
    let refused: [Row]
    let canAct: Bool
    let hasRefused: Bool
    let refusedText: String
    let reasonLabel: String?
    let typedReason: String
    let reasonProblem: String?
    let problems: ConsoleProblems
    let list: String

    init(
        action: OrderAction, possible: [Row], refused: [Row], list: String, reason: String, problem: String?
    ) {
        let orders = Digits.counted(possible.count, "order", "orders")
        question =
            switch action {
            case .hold: "Hold \(orders)?"
            case .release: "Release \(orders)?"
            default: "Send \(orders) to the house again?"
            }
        confirm =
            switch action {
            case .hold: "Hold \(orders)"
            case .release: "Release \(orders)"
            default: "Resend \(orders)"
            }
        self.action = action.rawValue
        self.possible = possible
        self.refused = refused
        canAct = !possible.isEmpty
        hasRefused = !refused.isEmpty
        refusedText =
            refused.count == 1
            ? "1 order cannot be changed and will be left as it is:"
            : "\(Digits.grouped(refused.count)) orders cannot be changed and will be left as they are:"
        reasonLabel = action == .hold ? (possible.count == 1 ? "Why is it on hold?" : "Why are they on hold?") : nil
        typedReason = reason
        reasonProblem = problem
        var problems = ConsoleProblems()
        if let problem { problems.add("reason", problem) }
        self.problems = problems
        self.list = list
    }
}

struct BulkReportView: Sendable {
    struct Row: Sendable {
        let number, path, why: String
    }

    let title: String
    let done, skipped: [Row]
    let hasDone, hasSkipped: Bool
    let back: String

    init(_ report: BulkReport) {
        title = report.title
        done = report.done.map { Row(number: $0.description, path: "/staff/orders/\($0)", why: "") }
        skipped = report.skipped.map {
            Row(number: $0.number.description, path: "/staff/orders/\($0.number)", why: $0.why)
        }
        hasDone = !done.isEmpty
        hasSkipped = !skipped.isEmpty
        back = "/staff/orders?" + report.list
    }
}
