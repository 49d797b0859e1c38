import Fulfillment
import Hummingbird
import Orders

/// The list of orders: where staff live.
struct OrderListController: Sendable {
    private let desk: ConsoleDesk
    private let calendar: OfficeCalendar
    private let counts: ViewCounts

    init(_ desk: ConsoleDesk) {
        self.desk = desk
        calendar = OfficeCalendar(timeZone: desk.settings.timeZone)
        counts = ViewCounts(store: desk.store, clock: desk.clock)
    }

    var routes: [Route] {
        [
            desk.get("/staff/orders", for: .ordersRead, show),
            desk.post("/staff/orders/search", for: .ordersRead, search),
            desk.get("/staff/orders.csv", for: .ordersRead, sheet),
            desk.get("/staff/orders/news", for: .ordersRead, news),
        ]
    }

    // MARK: The page

    @Sendable private func show(_ visit: StaffVisit) async throws -> Response {
        let state = try Self.state(visit)
        let limit = visit.account.preferences.rowsPerPage
        let typed = state.search.flatMap { desk.shelves.searches.item($0, for: visit.secret.hash) }
        if state.search != nil && typed == nil { return lostSearch(visit, state) }
        let wrong = state.unreadableDates(calendar)
        var shown = state
        if !wrong.isEmpty {
            shown.from = wrong.contains("from") ? "" : state.from
            shown.to = wrong.contains("to") ? "" : state.to
        }
        let term = typed.flatMap { SearchTerm($0) }
        let query = shown.query(calendar, term: term, limit: limit)
        var page = try await desk.store.orders(query)
        if state.until != nil {
            page = OrderPage(summaries: page.summaries.reversed(), next: page.next, count: page.count)
        }
        let view = OrderListView(
            visit: visit, state: state, term: term, typed: typed, page: page, counts: try await counts.latest(),
            wrongDates: wrong, now: desk.clock.now, time: desk.time,
            newest: try await newest(page, state), isNoneTicked: try Self.isNoneTicked(visit))
        return desk.page(
            "stafflist", visit, title: view.documentTitle, tab: .orders, view, hasErrors: view.problems.isAny)
    }

    static func state(_ visit: StaffVisit) throws -> ListState {
        ListState(try QueryParameters(visit.request), preferring: visit.account.preferences.view)
    }

    /// Somebody wanted to do something with the selected orders, and there were none.
    private static func isNoneTicked(_ visit: StaffVisit) throws -> Bool {
        try QueryParameters(visit.request).all("done").first == "none"
    }

    /// The newest order there is, so that the page can tell what came since.
    private func newest(_ page: OrderPage, _ state: ListState) async throws -> Int64 {
        var query = OrderQuery()
        query.limit = 1
        query.counts = false
        return try await desk.store.orders(query).summaries.first?.id.value ?? 0
    }

    private func lostSearch(_ visit: StaffVisit, _ state: ListState) -> Response {
        desk.message(
            visit, "Search again",
            [
                "What was searched for is not part of this address, because it may be somebody's name. It is kept only "
                    + "for the person who searched, while they are signed in."
            ], back: (state.changed { $0.search = nil }.path, "Show the list without the search"))
    }

    // MARK: Searching

    /// Puts what was typed away and shows the list by its key: no name sits in an address.
    @Sendable private func search(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let typed = String((form["q"] ?? "").prefix(200))
        var state = ListState(view: .all)
        guard let term = SearchTerm(typed) else {
            state.view = visit.account.preferences.view
            return .seeOther(state.path)
        }
        if let number = OrderNumber(written: typed), try await isAllThatFits(number, term) {
            return .seeOther("/staff/orders/\(number)")
        }
        state.search = desk.shelves.searches.put(typed, for: visit.secret.hash)
        return .seeOther(state.path)
    }

    /// A list of this order alone would say no more than its page. The same digits may be somebody's phone number.
    private func isAllThatFits(_ number: OrderNumber, _ term: SearchTerm) async throws -> Bool {
        var query = ListState(view: .all).query(calendar, term: term, limit: 2)
        query.counts = false
        return try await desk.store.orders(query).summaries.map(\.number) == [number]
    }

    // MARK: Files

    /// The list as it is filtered, sorted and searched, all its pages in one file.
    @Sendable private func sheet(_ visit: StaffVisit) async throws -> Response {
        let state = try Self.state(visit).changed { _ in }
        let typed = state.search.flatMap { desk.shelves.searches.item($0, for: visit.secret.hash) }
        if state.search != nil && typed == nil { return lostSearch(visit, state) }
        let query = state.query(calendar, term: typed.flatMap { SearchTerm($0) }, limit: 1)
        let sheet = OrderSheet(store: desk.store, query: query)
        return try await sheet.response(logger: desk.logger, requestID: visit.context.requestID)
    }

    // MARK: What is new

    /// How many orders came since the page was made that its view and filters show: the page says so, and stays as it
    /// is. What was searched for does not count.
    @Sendable private func news(_ visit: StaffVisit) async throws -> Response {
        let since = try QueryParameters(visit.request).all("since").first.flatMap { Cursor($0, of: .orders) }
        var state = try Self.state(visit).changed { $0.search = nil }
        state.oldestFirst = true
        var query = state.query(calendar, term: nil, limit: 100)
        query.after = OrderID(value: since?.key ?? 0)
        query.counts = false
        let count = try await desk.store.orders(query).summaries.count
        return .json { $0.object { $0.field("new", count) } }
    }
}

extension OrderNumber {
    /// As staff write it: `#4829-1504-75`, too.
    init?(written text: String) { self.init(text.trimmingSpaces().withoutNumberSign) }
}
