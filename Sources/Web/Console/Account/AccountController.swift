import Hummingbird
import Orders

/// How one person likes the console, and the help with its keys.
struct AccountController: Sendable {
    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        [
            desk.get("/staff/me", for: .ordersRead, show),
            desk.post("/staff/me", for: .ordersRead, save),
            desk.get("/staff/keys", for: .ordersRead, keys),
        ]
    }

    @Sendable private func show(_ visit: StaffVisit) async throws -> Response {
        let done = try QueryParameters(visit.request).all("done").first
        return desk.page("staffme", visit, title: "My settings", tab: nil, AccountView(visit.account, done: done))
    }

    /// What is not understood stays as it was.
    @Sendable private func save(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        var preferences = visit.account.preferences
        preferences.hasShortcuts = form["shortcuts"] == "on"
        if let rows = form["rows"].flatMap({ Int($0) }), StaffPreferences.rowCounts.contains(rows) {
            preferences.rowsPerPage = rows
        }
        if let view = form["view"].flatMap({ OrderView(rawValue: $0) }) { preferences.view = view }
        _ = try await desk.store.setPreferences(preferences, of: visit.account.name)
        return .seeOther("/staff/me?done=saved")
    }

    @Sendable private func keys(_ visit: StaffVisit) async throws -> Response {
        desk.page("staffkeys", visit, title: "Keyboard help", tab: nil, KeysView())
    }
}

struct AccountView: Sendable {
    let email, role: String
    let hasShortcuts: Bool
    let rowCounts: [OrderListView.Choice]
    let views: [OrderListView.Choice]
    let notice: String?

    init(_ account: StaffAccount, done: String?) {
        email = account.email
        role = account.role.rawValue
        hasShortcuts = account.preferences.hasShortcuts
        rowCounts = StaffPreferences.rowCounts.map { count in
            .init(
                value: String(count), text: "\(count) rows", count: "",
                isChosen: count == account.preferences.rowsPerPage)
        }
        views = OrderView.allCases.map { view in
            .init(value: view.rawValue, text: view.title, count: "", isChosen: view == account.preferences.view)
        }
        notice =
            switch done {
            case "saved": "Your settings are saved."
            case "password": "Your password is changed. You are signed out everywhere else."
            default: nil
            }
    }
}

struct KeysView: Sendable {
    struct Key: Sendable {
        let key, what, place: String
    }

    let keys: [Key] = [
        .init(key: "/", what: "Go to the search", place: "Lists"),
        .init(key: "j or ↓, k or ↑", what: "Next row, previous row", place: "Lists"),
        .init(key: "o or Enter", what: "Open the row", place: "Lists"),
        .init(key: "x", what: "Select the row", place: "Order list"),
        .init(key: "Shift x", what: "Select all rows from the last one selected", place: "Order list"),
        .init(key: "Shift a", what: "Select or clear the whole page", place: "Order list"),
        .init(
            key: "n, p", what: "Older page, newer page; on an order: older order, newer order", place: "Lists, orders"),
        .init(key: "u", what: "Back to the list, at the same place", place: "Orders"),
        .init(key: "s", what: "Packing slip", place: "Orders"),
        .init(key: "h, r", what: "Open the page that asks to hold, to release", place: "Orders"),
        .init(key: "m", what: "Write a note", place: "Orders"),
        .init(
            key: "g then o, i, d, v, c, h",
            what: "Go to Orders, Updates, Deliveries, Overview, Catalog, this Help", place: "Everywhere"),
        .init(key: "Esc", what: "Forget the g, leave a field, clear the selection", place: "Everywhere"),
        .init(key: "?", what: "This page", place: "Everywhere"),
    ]
}
