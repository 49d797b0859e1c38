import Fulfillment
import HTTPTypes
import Hummingbird
import Orders

/// A form that was not taken because its session had ended, or was followed by another: kept, or handed back, so that
/// nothing is typed twice.
struct InterruptedForm: Sendable {
    /// The field by which a form says that it was shown again.
    static let mark = "resumed"

    let path: String
    let fields: [(name: String, value: String)]
    /// Whose it is: nobody else is shown it. Empty where it is not kept.
    var writer = ""
    /// By the clock that only goes forward.
    var keptAt: Int64 = 0

    /// Nil for what is not worth keeping.
    init?(_ request: Request, _ form: FormFields) {
        let path = request.uri.path
        let fields = form.named("").filter { $0.name != "token" && $0.name != Self.mark }
        guard path != "/staff/sign-out", path != "/staff/password", !fields.isEmpty,
            fields.reduce(0, { $0 + $1.value.utf8.count }) <= 16 << 10
        else { return nil }
        self.path = path
        self.fields = fields
    }

    private func value(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    /// The orders that a form for many names.
    var orders: [String] { fields.filter { $0.name == "order" }.map(\.value) }

    /// What sending it does, for its button: "Release order 4829-1504-75".
    var action: String {
        let parts = path.split(separator: "/").map(String.init)
        let place = parts.count > 1 ? parts[1] : ""
        let what = parts.count > 2 ? parts[2] : ""
        let last = parts.last ?? ""
        switch place {
        case "orders" where what == "search": return "Search the orders"
        case "orders" where what == "bulk": return bulkAction(isDone: last == "do")
        case "orders" where last == "notes": return "Save the note to order \(what)"
        case "orders": return OrderAction(rawValue: last)?.named(what) ?? "Send it"
        case "deliveries": return what == "all" ? "Try all failed deliveries again" : "Send delivery \(what) again"
        case "endpoints": return (last == "pause" ? "Pause" : "Resume") + " the endpoint \(what)"
        case "updates" where last == "match": return "Match update \(what) to order \(value("order_number"))"
        case "updates": return "Dismiss update \(what)"
        case "catalog" where what == "new": return "Add the title \(value("sku"))"
        case "catalog" where what == "import": return "Import the file"
        case "catalog" where last == "availability":
            return "Set \(what) to \(value("available") == "true" ? "available" : "no copies")"
        case "catalog": return "Save the title \(what)"
        case "me": return "Save my settings"
        default: return "Send it"
        }
    }

    private func bulkAction(isDone: Bool) -> String {
        let count = Digits.counted(orders.count, "order", "orders")
        guard isDone, let action = OrderAction(rawValue: value("action")) else { return "Go on with \(count)" }
        return "\(action.title): \(count)"
    }

    /// What a person typed, with its label; never what the page itself put into the form.
    var typed: [(label: String, value: String)] {
        let labels = [
            ("reason", "Reason"), ("text", "Note"), ("q", "Search"), ("name", "Name"), ("organization", "Organization"),
            ("line1", "Street address or PO Box"), ("line2", "Apartment, suite, or unit"), ("city", "City"),
            ("region", "State"), ("postal_code", "ZIP code"), ("phone", "Phone"), ("order_number", "Order number"),
            ("title", "Title"), ("language", "Language"), ("format", "Format"), ("description", "Description"),
            ("weight", "Weight"), ("max_quantity", "Most copies"), ("pdf_url", "Address of the PDF"),
        ]
        return labels.compactMap { name, label in
            let text = value(name)
            return text.isEmpty ? nil : (label: label, value: text)
        }
    }
}

extension OrderAction {
    /// On a button far from the order's page.
    fileprivate func named(_ number: String) -> String {
        switch self {
        case .hold: "Hold order \(number)"
        case .release: "Release order \(number)"
        case .address: "Correct the address of order \(number)"
        case .cancel: "Cancel order \(number)"
        case .resend: "Resend order \(number) to the house"
        case .reship: "Reship order \(number)"
        }
    }
}

extension ConsoleDesk {
    private static let formCookie = "form"
    /// A form is not kept longer than an idle session lives.
    private static let keepMilliseconds = StaffSession.idleSeconds * 1000

    /// - Returns: the way to the sign-in; nil when nobody knows whose form it is.
    func keep(_ form: InterruptedForm, sentWith token: String) -> Response? {
        guard let writer = shelves.writers.last(for: Array(token.utf8)) else { return nil }
        let now = clock.uptimeMilliseconds
        shelves.forms.remove { now - $0.keptAt >= Self.keepMilliseconds }
        var form = form
        form.writer = writer
        form.keptAt = now
        let key = SessionSecret.random()
        _ = shelves.forms.put(form, for: key.hash)
        return .seeOther("/staff/sign-in?form=waits", cookies: [cookies.field(Self.formCookie, key.text)])
    }

    private func formKey(_ request: Request) -> SessionSecret? {
        cookies.value(Self.formCookie, of: request).flatMap { SessionSecret($0) }
    }

    /// What this browser's form waits for this account with, as long as it is kept.
    func waitingForm(_ request: Request, of account: String) -> InterruptedForm? {
        guard let key = formKey(request), let form = shelves.forms.last(for: key.hash), form.writer == account,
            clock.uptimeMilliseconds - form.keptAt < Self.keepMilliseconds
        else { return nil }
        return form
    }

    /// The kept form was sent: it is forgotten here and in the browser.
    func putAway(_ request: Request, _ answer: Response) -> Response {
        guard let key = formKey(request) else { return answer }
        shelves.forms.clear(for: key.hash)
        var answer = answer
        answer.headers.append(cookies.removal(Self.formCookie))
        return answer
    }

    /// The page that shows a form once more, to be sent with one press.
    /// - Parameter isStale: it was sent from a page of an earlier session, and this is the answer.
    func resumption(of form: InterruptedForm, _ visit: StaffVisit, isStale: Bool = false) -> Response {
        page(
            "staffresume", visit, title: "Finish what you were doing", tab: nil, ResumeView(form, isStale: isStale),
            status: isStale ? .forbidden : .ok)
    }
}

private struct ResumeView: Sendable {
    struct Field: Sendable {
        let name, value: String
    }

    struct Typed: Sendable {
        let label, value: String
    }

    let why: String
    let action: String
    let orders: String?
    let path, mark: String
    let fields: [Field]
    /// To be read once more.
    let typed: [Typed]
    let hasTyped: Bool

    init(_ form: InterruptedForm, isStale: Bool) {
        why =
            isStale
            ? "Somebody signed in again in this browser after that page was opened, so its form was not taken."
            : "You are signed in again. What you sent before was kept."
        action = form.action
        orders = form.orders.isEmpty ? nil : form.orders.joined(separator: ", ")
        path = form.path
        mark = InterruptedForm.mark
        fields = form.fields.map { Field(name: $0.name, value: $0.value) }
        typed = form.typed.map { Typed(label: $0.label, value: $0.value) }
        hasTyped = !typed.isEmpty
    }
}
