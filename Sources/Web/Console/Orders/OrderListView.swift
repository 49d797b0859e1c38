import Mustache
import Orders

/// Values of the list's page.
struct OrderListView: Sendable {
    struct View: Sendable {
        let path, text: String
        /// Nil where nobody counts.
        let count: String?
        let isCurrent: Bool
    }

    struct Choice: Sendable {
        let value, text, count: String
        let isChosen: Bool
    }

    struct Badge: Sendable {
        let text, path: String
    }

    /// A place to go to; nil where there is none.
    struct Way: Sendable {
        let path: String
    }

    struct Hidden: Sendable {
        let name, value: String
    }

    let documentTitle: String
    let heading: String
    let found: String
    let views: [View]
    let typed: String
    let isSearch: Bool
    let statuses: [Choice]
    let flags: [Choice]
    let from, to: String
    let fromProblem, toProblem: Bool
    /// The filters are shown open then.
    let hasWrongDate: Bool
    let tickProblem: String?
    let problems: ConsoleProblems
    /// How many filters are on; nil for none.
    let filterCount: Int?
    let badges: [Badge]
    let clear: Way?
    let view: String
    let searchKey: Hidden?
    let isOldestFirst: Bool
    let turned: Way
    let rows: [OrderRow]
    let isEmpty: Bool
    let emptyText: String
    let allOrders: Way?
    let newer, older, first: Way?
    let sheet: String
    /// The list's address, for the way back from an order.
    let state: String
    /// Asks how many orders of this list came since.
    let news: String
    let refresh: String

    init(
        visit: StaffVisit, state: ListState, term: SearchTerm?, typed: String?, page: OrderPage,
        counts: ViewCounts.Counts,
        wrongDates: [String], now: Timestamp, time: OfficeTime, newest: Int64, isNoneTicked: Bool
    ) {
        let isWhole = state.after == nil && state.until == nil
        // Never what was searched for: a title of a tab is read over shoulders and kept in histories.
        documentTitle =
            (typed == nil ? "Orders, " + state.view.title : "Orders found") + (isWhole ? "" : ", further pages")
        heading = typed == nil ? state.view.title : "Search"
        found = Self.found(page.count, term: term, typed: typed, state: state)
        views = OrderView.allCases.map { view in
            let there = state.changed {
                $0.view = view
                $0.statuses = []
            }
            return View(
                path: there.path, text: view.title, count: counts.views[view]?.shown ?? "0",
                isCurrent: view == state.view && state.statuses.isEmpty)
        }
        self.typed = typed ?? ""
        isSearch = typed != nil
        statuses = OrderStatus.allCases.map { status in
            Choice(
                value: status.rawValue, text: StatusTag(status).text, count: counts.states[status]?.shown ?? "0",
                isChosen: state.statuses.contains(status))
        }
        flags = OrderFlag.allCases.map { flag in
            Choice(value: flag.rawValue, text: flag.title, count: "", isChosen: state.flag == flag)
        }
        from = state.from
        to = state.to
        fromProblem = wrongDates.contains("from")
        toProblem = wrongDates.contains("to")
        var problems = ConsoleProblems()
        for field in wrongDates { problems.add(field, Self.dateProblem) }
        hasWrongDate = !wrongDates.isEmpty
        let firstBox = page.summaries.first.map { "o-\($0.number)" }
        tickProblem = isNoneTicked && firstBox != nil ? Self.noneTicked : nil
        if let firstBox, isNoneTicked { problems.add(firstBox, Self.noneTicked) }
        self.problems = problems
        filterCount = state.filterCount == 0 ? nil : state.filterCount
        badges = Self.badges(state, isSearch: typed != nil)
        clear = badges.isEmpty ? nil : Way(path: ListState(view: state.view).path)
        view = state.view.rawValue
        searchKey = state.search.map { Hidden(name: "s", value: $0) }
        isOldestFirst = state.oldestFirst
        turned = Way(path: state.changed { $0.oldestFirst.toggle() }.path)
        let back = URLText.encode(state.text)
        rows = page.summaries.map { OrderRow($0, now: now, time: time, back: back) }
        isEmpty = page.summaries.isEmpty
        emptyText = Self.emptyText(state, isSearch: typed != nil)
        allOrders = state.view == .all && !state.isFiltered ? nil : Way(path: Self.all(state).path)
        (newer, older, first) = Self.ways(state, page)
        sheet = "/staff/orders.csv?" + state.changed { _ in }.text
        self.state = state.text
        let shown = state.changed {
            $0.search = nil
            $0.oldestFirst = false
        }
        news = "/staff/orders/news?since=\(Cursor(.orders, after: newest).text)&\(shown.text)"
        refresh = state.changed { _ in }.path
    }

    static let dateProblem = "Enter a date like 2026-06-04"
    private static let noneTicked = "Select at least one order"

    private static func all(_ state: ListState) -> ListState {
        var all = ListState(view: .all)
        all.search = state.search
        return all
    }

    /// "2 orders with an email that starts with …, in All orders".
    private static func found(
        _ count: CappedCount, term: SearchTerm?, typed: String?, state: ListState
    ) -> String {
        let orders = "\(count.shown) \(count.value == 1 && !count.isCapped ? "order" : "orders")"
        guard let typed, let term else { return orders + (state.isFiltered ? " with these filters" : "") }
        let what =
            switch term {
            case .email: "with an email that starts with “\(typed)”"
            case .emailDomain: "with an email that ends in “\(typed)”"
            case .digits: "with the order number, tracking number or phone number “\(typed)”"
            case .words: "with a name, organization, city or tracking number like “\(typed)”"
            case .nothing: "for “\(typed)”"
            }
        return "\(orders) \(what), in \(state.view.title)"
    }

    private static func badges(_ state: ListState, isSearch: Bool) -> [Badge] {
        var badges = OrderStatus.allCases.filter(state.statuses.contains).map { status in
            Badge(text: StatusTag(status).text, path: state.changed { $0.statuses.remove(status) }.path)
        }
        if let flag = state.flag { badges.append(Badge(text: flag.title, path: state.changed { $0.flag = nil }.path)) }
        if !state.from.isEmpty {
            badges.append(Badge(text: "From \(state.from)", path: state.changed { $0.from = "" }.path))
        }
        if !state.to.isEmpty { badges.append(Badge(text: "To \(state.to)", path: state.changed { $0.to = "" }.path)) }
        if isSearch { badges.append(Badge(text: "Search", path: state.changed { $0.search = nil }.path)) }
        return badges
    }

    private static func emptyText(_ state: ListState, isSearch: Bool) -> String {
        if isSearch {
            return
                "Nothing was found. Names, organizations and cities are found by the start of each word, an email by "
                + "its start, numbers only whole."
        }
        return state.isFiltered ? "No order fits these filters." : state.view.emptyText
    }

    private static func ways(_ state: ListState, _ page: OrderPage) -> (newer: Way?, older: Way?, first: Way?) {
        guard let first = page.summaries.first, let last = page.summaries.last else { return (nil, nil, nil) }
        let isBackwards = state.until != nil
        let hasNext = isBackwards || page.next != nil
        let hasPrevious = isBackwards ? page.next != nil : state.after != nil
        let next = hasNext ? Way(path: state.changed { $0.after = last.id.value }.path) : nil
        let previous = hasPrevious ? Way(path: state.changed { $0.until = first.id.value }.path) : nil
        let start = state.after == nil && state.until == nil ? nil : Way(path: state.changed { _ in }.path)
        return state.oldestFirst ? (next, previous, start) : (previous, next, start)
    }
}

/// One row. Its members are handed out by name: the template engine's own way, by reflection, cost a page of 50 rows
/// several milliseconds.
struct OrderRow: Sendable, MustacheParent {
    /// The order's own page has the whole of it.
    private static let mostOfAReason = 80

    private let members: [String: String]
    private let flags: [OrderListView.Badge]

    init(_ order: OrderSummary, now: Timestamp, time: OfficeTime, back: String) {
        let tag = StatusTag(order.status)
        let number = order.number.description
        members = [
            "number": number, "path": "/staff/orders/\(number)?list=\(back)", "status": tag.text, "kind": tag.kind,
            "placed": time.short(order.placedAt, now: now), "placedAt": order.placedAt.description,
            "age": OfficeTime.age(of: order.placedAt, at: now),
            "recipient": order.erasedAt == nil ? order.recipient : "Erased", "organization": order.organization ?? "",
            "place": order.erasedAt == nil ? "\(order.city), \(order.region)" : order.region,
            "titles": Digits.counted(order.titles, "title", "titles"),
            "copies": Digits.counted(order.copies, "copy", "copies"), "weight": order.totalWeight.shown,
            "reason": Self.short(order.holdReason ?? ""),
        ]
        flags = order.flags.map { OrderListView.Badge(text: $0.title, path: "") }
    }

    private static func short(_ reason: String) -> String {
        reason.count > mostOfAReason ? reason.prefix(mostOfAReason) + "…" : reason
    }

    func child(named name: String) -> Any? {
        if name == "flags" { return flags }
        guard let member = members[name], !member.isEmpty else { return nil }
        return member
    }
}
