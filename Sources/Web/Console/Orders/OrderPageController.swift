import Fulfillment
import Hummingbird
import Orders

/// One order with all that is known of it.
struct OrderPageController: Sendable {
    private let desk: ConsoleDesk
    private let calendar: OfficeCalendar

    init(_ desk: ConsoleDesk) {
        self.desk = desk
        calendar = OfficeCalendar(timeZone: desk.settings.timeZone)
    }

    var routes: [Route] {
        [
            desk.get("/staff/orders/{number}", for: .ordersRead, show),
            desk.post("/staff/orders/{number}/notes", for: .ordersWrite, note),
        ]
    }

    @Sendable private func show(_ visit: StaffVisit) async throws -> Response {
        guard let detail = try await desk.store.detail(try visit.number()) else { return notFound(visit) }
        return try await page(visit, detail)
    }

    private func notFound(_ visit: StaffVisit) -> Response {
        desk.message(
            visit, "There is no such order", status: .notFound,
            ["Check the number. Orders are erased some time after they are finished."])
    }

    /// - Parameters:
    ///   - note: what was typed and could not be kept.
    ///   - problem: why.
    private func page(
        _ visit: StaffVisit, _ detail: OrderDetail, note: String = "", problem: String? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let query = try QueryParameters(visit.request)
        let list = query.all("list").first
        let done = query.all("done").first
        let notice = done.flatMap { OrderAction(rawValue: $0)?.done } ?? (done == "note" ? "Your note is saved." : nil)
        let (newer, older) = try await neighbours(of: detail.order, in: list, visit)
        let view = OrderPageView(
            detail, visit: visit, now: desk.clock.now, time: desk.time, list: list, newer: newer, older: older,
            notice: notice, typedNote: note, noteProblem: problem)
        return desk.page(
            "stafforder", visit, title: "Order \(detail.order.number)", tab: .orders, view, status: status,
            hasErrors: problem != nil)
    }

    /// The orders before and after it in the list that staff came from. It need not be in that list any more.
    private func neighbours(
        of order: Order, in list: String?, _ visit: StaffVisit
    ) async throws -> (newer: OrderNumber?, older: OrderNumber?) {
        guard let list, let query = try? QueryParameters(text: list) else { return (nil, nil) }
        var state = ListState(query, preferring: visit.account.preferences.view).changed { _ in }
        let typed = state.search.flatMap { desk.shelves.searches.item($0, for: visit.secret.hash) }
        if state.search != nil && typed == nil { return (nil, nil) }
        state.oldestFirst = false
        var older = state.query(calendar, term: typed.flatMap { SearchTerm($0) }, limit: 1)
        older.counts = false
        var newer = older
        older.before = order.id
        newer.after = order.id
        newer.oldestFirst = true
        return (
            try await desk.store.orders(newer).summaries.first?.number,
            try await desk.store.orders(older).summaries.first?.number
        )
    }

    @Sendable private func note(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let number = try visit.number()
        let typed = form["text"] ?? ""
        var judge = FieldJudge()
        let text = judge.text(typed, at: "", maximum: 2000, allowingLineBreaks: true)
        guard let text else {
            guard let detail = try await desk.store.detail(number) else { return notFound(visit) }
            let problem = judge.problems.first.map { "The note \($0.detail)" } ?? "Write something first"
            return try await page(visit, detail, note: typed, problem: problem, status: .unprocessableContent)
        }
        // A note never depends on what the order is, so it is not refused because something changed meanwhile.
        let outcome = try await desk.store.perform(
            .note(text), on: number, by: visit.actor, at: desk.clock.now, ifMatch: nil)
        guard case .done = outcome else { return notFound(visit) }
        let list = form["list"].map { "&list=" + URLText.encode($0) } ?? ""
        return .seeOther("/staff/orders/\(number)?done=note\(list)")
    }
}
