import Fulfillment
import Hummingbird
import Orders

/// Messages of the house that fit no order: staff name the order, or put them away.
struct ConsoleUpdatesController: Sendable {
    private static let rows = 25

    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        [
            desk.get("/staff/updates", for: .ordersRead, list),
            desk.post("/staff/updates/{id}/match", for: .ordersWrite, match),
            desk.post("/staff/updates/{id}/dismiss", for: .ordersWrite, dismiss),
        ]
    }

    @Sendable private func list(_ visit: StaffVisit) async throws -> Response {
        let parameters = try QueryParameters(visit.request)
        return try await page(visit, UpdatesState(parameters), done: parameters.all("done").first)
    }

    /// - Parameter problem: of the form for one update: its id, what was typed, what is wrong.
    private func page(
        _ visit: StaffVisit, _ state: UpdatesState, done: String? = nil,
        problem: (id: Int64, typed: String, message: String)? = nil
    ) async throws -> Response {
        var query = InboundUpdateQuery()
        query.matched = state.isAll ? nil : false
        query.limit = Self.rows
        query.before = state.after?.key
        let found = try await desk.store.inboundUpdates(query)
        let view = UpdatesView(
            found, state: state, done: done, problem: problem, now: desk.clock.now, time: desk.time)
        return desk.page(
            "staffupdates", visit, title: "Updates that fit no order", tab: .updates, view,
            status: problem == nil ? .ok : .unprocessableContent, hasErrors: problem != nil)
    }

    private func id(_ visit: StaffVisit) throws -> Int64 {
        guard let id = visit.context.pathPart("id").flatMap({ Int64($0) }) else { throw Problem.notFound }
        return id
    }

    @Sendable private func match(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let id = try id(visit)
        let state = UpdatesState(carried: form["list"])
        let typed = form["order_number"] ?? ""
        guard let number = OrderNumber(written: typed) else {
            return try await page(visit, state, problem: (id, typed, Self.problem(ofNumber: typed)))
        }
        let outcome = try await desk.store.match(id, to: number, by: visit.actor, at: desk.clock.now) { kept in
            try? ShippingUpdate.read(kept.bytes, id: kept.webhookID, receivedAt: kept.receivedAt)
        }
        switch outcome {
        case .done: return .seeOther(state.path(done: "matched"))
        case .notFound: throw Problem.notFound
        case .orderNotFound:
            return try await page(visit, state, problem: (id, typed, "There is no order of this number"))
        case .settledAlready: return settled(visit, state)
        case .notUnderstood:
            return try await page(
                visit, state, problem: (id, typed, "This message is not understood, so it fits no order; dismiss it"))
        }
    }

    /// Ten digits of which the last does not fit the others are no order's number, but they are ten digits.
    private static func problem(ofNumber typed: String) -> String {
        typed.filter { $0.isASCII && $0.isNumber }.count == 10
            ? "No order can have this number: a digit is wrong, or two changed places"
            : "Enter the order's ten digits, like 4829-1504-75"
    }

    @Sendable private func dismiss(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let state = UpdatesState(carried: form["list"])
        switch try await desk.store.dismiss(try id(visit), by: visit.actor, at: desk.clock.now) {
        case .done: return .seeOther(state.path(done: "dismissed"))
        case .settledAlready: return settled(visit, state)
        case .notFound, .orderNotFound, .notUnderstood: throw Problem.notFound
        }
    }

    private func settled(_ visit: StaffVisit, _ state: UpdatesState) -> Response {
        desk.message(
            visit, "Somebody was faster", status: .conflict, ["This update was matched or dismissed meanwhile."],
            back: (state.path(), "Back to the updates"))
    }
}

/// Which page of the updates is shown, as its address and its forms say it.
struct UpdatesState: Sendable {
    let isAll: Bool
    /// Where the page starts; nil for the newest.
    let after: Cursor?

    init(isAll: Bool, after: Cursor? = nil) {
        self.isAll = isAll
        self.after = after
    }

    init(_ query: QueryParameters) {
        isAll = query.all("view").first == "all"
        after = query.all("after").first.flatMap { Cursor($0, of: .updates) }
    }

    /// From a form of the page. What is not understood leads to the start.
    init(carried text: String?) {
        if let query = try? QueryParameters(text: text ?? "") {
            self.init(query)
        } else {
            self.init(isAll: false)
        }
    }

    private var pairs: [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        if isAll { pairs.append((name: "view", value: "all")) }
        if let after { pairs.append((name: "after", value: after.text)) }
        return pairs
    }

    /// What the address says after its `?`.
    var text: String { URLText.query(pairs) }

    func path(done: String? = nil) -> String {
        let query = URLText.query(pairs + (done.map { [(name: "done", value: $0)] } ?? []))
        return "/staff/updates" + (query.isEmpty ? "" : "?" + query)
    }
}

/// Values of the page of updates.
struct UpdatesView: Sendable {
    struct Fact: Sendable {
        let label, value: String
    }

    struct Row: Sendable {
        let id, type, received, state, kind: String
        let facts: [Fact]
        let isOpen: Bool
        let matchPath, dismissPath: String
        let typedNumber: String
        let numberProblem: String?
    }

    let views: [OrderListView.View]
    let rows: [Row]
    let isEmpty: Bool
    let emptyText: String
    let found: String
    let older, first: OrderListView.Way?
    let notice: String?
    let problems: ConsoleProblems
    /// Goes with each row's forms, so that the page comes back as it was.
    let list: String

    init(
        _ page: InboundUpdatePage, state: UpdatesState, done: String?,
        problem: (id: Int64, typed: String, message: String)?, now: Timestamp, time: OfficeTime
    ) {
        let isAll = state.isAll
        list = state.text
        views = [
            .init(path: "/staff/updates", text: "To decide", count: isAll ? nil : page.count.shown, isCurrent: !isAll),
            .init(
                path: "/staff/updates?view=all", text: "All kept", count: isAll ? page.count.shown : nil,
                isCurrent: isAll),
        ]
        rows = page.updates.map { update in
            let mine = problem?.id == update.id ? problem : nil
            let (name, kind) = Self.state(update.state)
            return Row(
                id: String(update.id), type: Self.name(update.type),
                received:
                    "\(time.short(update.receivedAt, now: now)), \(OfficeTime.age(of: update.receivedAt, at: now)) ago",
                state: name, kind: kind, facts: Self.facts(update),
                isOpen: update.state == .unmatched || update.state == .ignored,
                matchPath: "/staff/updates/\(update.id)/match", dismissPath: "/staff/updates/\(update.id)/dismiss",
                typedNumber: mine?.typed ?? "", numberProblem: mine?.message)
        }
        isEmpty = page.updates.isEmpty
        emptyText = isAll ? "The house has sent nothing that was kept." : "Every update of the house found its order."
        found = page.count.shown
        older = page.next.map {
            .init(path: UpdatesState(isAll: isAll, after: Cursor(.updates, after: $0)).path())
        }
        first = state.after == nil ? nil : .init(path: UpdatesState(isAll: isAll).path())
        notice =
            switch done {
            case "matched": "The update is matched: its order shows it."
            case "dismissed": "The update is dismissed."
            default: nil
            }
        var problems = ConsoleProblems()
        if let problem { problems.add("number-\(problem.id)", problem.message) }
        self.problems = problems
    }

    /// What the house told; a kind that nobody knows keeps the house's own word.
    private static func name(_ type: String) -> String {
        switch type {
        case "": "A message without a kind"
        case "package.updated": "News of a package"
        default: TimelineEntry.words(for: type)
        }
    }

    private static func state(_ state: InboundUpdateState) -> (String, String) {
        switch state {
        case .unmatched: ("Fits no order", "bad")
        case .ignored: ("Not understood", "wait")
        case .matched: ("Matched", "good")
        case .dismissed: ("Dismissed", "over")
        }
    }

    /// What staff can recognise the order by.
    private static func facts(_ update: InboundUpdate) -> [Fact] {
        let data = (try? JSONReader.read(update.bytes))?["data"]
        let package = data?["package"]
        let items = (package?["items"] ?? data?["items"])?.arrayValue?.compactMap { item -> String? in
            guard let sku = item["sku"]?.stringValue else { return nil }
            return "\(item["quantity"]?.intValue ?? 0) × \(sku)"
        }
        let all: [(String, String?)] = [
            ("Order number given", update.orderNumber), ("Reason", data?["reason"]?.stringValue),
            ("Carrier", package?["carrier"]?.stringValue?.uppercased()),
            ("Tracking number", package?["tracking_number"]?.stringValue),
            ("Package", package?["id"]?.stringValue),
            ("Status", package?["status"]?.stringValue.map { PackageStatus(rawValue: $0)?.shown.text ?? $0 }),
            ("Contents", items?.joined(separator: ", ")), ("Message", package?["message"]?.stringValue),
            ("Place", package?["location"]?.stringValue), ("Why it was kept", update.reason),
            ("Message number", update.webhookID),
        ]
        return all.compactMap { label, value in
            value.flatMap { $0.isEmpty ? nil : Fact(label: label, value: String($0.prefix(300))) }
        }
    }
}
