import Hummingbird
import Orders

/// What the list shows, as its address says it: views, filters and the place in the list, but never what was searched
/// for, which waits on a shelf under a short key. So an address can be sent to a colleague and read in a log.
struct ListState: Sendable, Hashable {
    var view: OrderView
    /// Chosen by hand; then the view is `all`.
    var statuses: Set<OrderStatus> = []
    var flag: OrderFlag?
    /// Dates as typed; empty for none.
    var from = ""
    var to = ""
    /// The key of a search.
    var search: String?
    var oldestFirst = false
    /// Where the page starts: after this order, in the list's direction.
    var after: Int64?
    /// Or where it ends: before this order.
    var until: Int64?

    init(view: OrderView) { self.view = view }

    /// Reads an address. What is not understood is left out: an old link still shows a list.
    init(_ query: QueryParameters, preferring view: OrderView) {
        self.view = query.all("view").first.flatMap { OrderView(rawValue: $0) } ?? view
        statuses = Set(query.all("status").compactMap { OrderStatus(rawValue: $0) })
        if !statuses.isEmpty { self.view = .all }
        flag = query.all("flag").first.flatMap { OrderFlag(rawValue: $0) }
        from = query.all("from").first ?? ""
        to = query.all("to").first ?? ""
        search = query.all("s").first
        oldestFirst = query.all("sort").first == "oldest"
        after = query.all("after").first.flatMap { Cursor($0, of: .orders) }?.key
        until = after == nil ? query.all("until").first.flatMap { Cursor($0, of: .orders) }?.key : nil
    }

    /// What the address says after its `?`.
    var text: String { URLText.query(pairs) }

    var path: String { "/staff/orders?" + text }

    var pairs: [(name: String, value: String)] {
        var pairs = [(name: "view", value: view.rawValue)]
        pairs += OrderStatus.allCases.filter(statuses.contains).map { ("status", $0.rawValue) }
        if let flag { pairs.append(("flag", flag.rawValue)) }
        if !from.isEmpty { pairs.append(("from", from)) }
        if !to.isEmpty { pairs.append(("to", to)) }
        if let search { pairs.append(("s", search)) }
        if oldestFirst { pairs.append(("sort", "oldest")) }
        if let after { pairs.append(("after", Cursor(.orders, after: after).text)) }
        if let until { pairs.append(("until", Cursor(.orders, after: until).text)) }
        return pairs
    }

    /// The same list from its start, changed.
    func changed(_ change: (inout ListState) -> Void) -> ListState {
        var state = self
        state.after = nil
        state.until = nil
        change(&state)
        return state
    }

    var isFiltered: Bool { !statuses.isEmpty || flag != nil || !from.isEmpty || !to.isEmpty }

    /// How many filters narrow the list, for the closed box that holds them.
    var filterCount: Int { statuses.count + (flag == nil ? 0 : 1) + (from.isEmpty && to.isEmpty ? 0 : 1) }

    /// The dates that are none, by the name of their field.
    func unreadableDates(_ calendar: OfficeCalendar) -> [String] {
        [("from", from), ("to", to)].filter { !$0.1.isEmpty && calendar.start($0.1) == nil }.map(\.0)
    }

    /// - Parameter term: what was searched for.
    func query(_ calendar: OfficeCalendar, term: SearchTerm?, limit: Int) -> OrderQuery {
        var query = OrderQuery()
        query.narrow(to: view)
        if !statuses.isEmpty { query.statuses = statuses }
        query.flag = flag
        query.search = term
        query.placedFrom = from.isEmpty ? nil : calendar.start(from)
        query.placedBefore = to.isEmpty ? nil : calendar.end(to)
        query.limit = limit
        query.oldestFirst = oldestFirst
        if let after { query.start(after: after) }
        if let until {
            // Read from there the other way round, and turned round again for the eye.
            query.oldestFirst.toggle()
            query.start(after: until)
        }
        return query
    }
}

extension OrderQuery {
    /// Goes on after that order, in the query's own direction.
    fileprivate mutating func start(after key: Int64) {
        if oldestFirst { after = OrderID(value: key) } else { before = OrderID(value: key) }
    }
}

extension OrderView {
    var title: String {
        switch self {
        case .attention: "Needs attention"
        case .toSend: "To send"
        case .atTheHouse: "At the house"
        case .onTheWay: "On the way"
        case .finished: "Finished"
        case .all: "All orders"
        }
    }

    /// What an empty view means.
    var emptyText: String {
        switch self {
        case .attention: "Nothing needs attention."
        case .toSend: "Every order has been handed to the house."
        case .atTheHouse: "The house has nothing left to pack."
        case .onTheWay: "Nothing is on the way."
        case .finished: "No order has been delivered or cancelled yet."
        case .all: "There are no orders yet. They appear here as soon as somebody places one."
        }
    }
}

/// The same words and the same colour for a state, wherever it shows.
struct StatusTag: Sendable, Hashable {
    let text: String
    /// A class of the style sheet.
    let kind: String

    init(_ status: OrderStatus) {
        (text, kind) =
            switch status {
            case .placed: ("To send", "new")
            case .submitted: ("At the house", "busy")
            case .backordered: ("Backordered", "wait")
            case .cancelRequested: ("Cancel asked", "wait")
            case .onHold: ("On hold", "stop")
            case .partiallyShipped: ("Partly shipped", "busy")
            case .exception: ("Problem", "bad")
            case .returned: ("Returned", "bad")
            case .shipped: ("On the way", "busy")
            case .cancelled: ("Cancelled", "over")
            case .delivered: ("Delivered", "good")
            }
    }
}

extension OrderFlag {
    var title: String {
        switch self {
        case .possibleDuplicate: "Possible duplicate"
        case .unexpectedPackage: "Unexpected package"
        case .quantityMismatch: "Quantity differs"
        case .deliveryExhausted: "House not told"
        case .nearLimit: "Near the limit"
        }
    }

    /// What staff should do about it.
    var meaning: String {
        switch self {
        case .possibleDuplicate: "The same address ordered the same titles within 24 hours."
        case .unexpectedPackage: "A package appeared for an order that was held or cancelled."
        case .quantityMismatch: "The house reported a title that was not ordered, or more than was ordered."
        case .deliveryExhausted: "The house could not be told after 15 tries. Resend it when the house is back."
        case .nearLimit: "The order weighs over 90 % of what may be mailed free."
        }
    }
}

extension StatedWeight {
    /// In tenths, rounded up: `12.4 lb`. What is shown never understates.
    var shown: String {
        let tenths = (millionths + 99_999) / 100_000
        return "\(tenths / 10).\(tenths % 10) \(unit.rawValue)"
    }
}

extension CappedCount {
    /// `1,234`, or `10,000+`.
    var shown: String { Digits.grouped(value) + (isCapped ? "+" : "") }
}

enum Digits {
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1 copy`, `2 copies`.
    static func counted(_ number: Int, _ one: String, _ many: String) -> String {
        "\(grouped(number)) \(number == 1 ? one : many)"
    }
}
