import Orders

/// Values of the deliveries' page.
struct DeliveriesView: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case open, failed, withdrawn, delivered

        var states: Set<DeliveryState> {
            switch self {
            case .open: [.pending, .inFlight]
            case .failed: [.exhausted]
            case .withdrawn: [.withdrawn]
            case .delivered: [.delivered]
            }
        }

        var title: String {
            switch self {
            case .open: "Waiting or failing"
            case .failed: "Out of tries"
            case .withdrawn: "Withdrawn"
            case .delivered: "Delivered"
            }
        }

        /// - Parameter exhausted: how many are out of tries, in words; nil for none.
        func emptyText(exhausted: String?) -> String {
            switch self {
            case .open:
                exhausted.map { "Nothing is waiting, but the house was not told everything: \($0)." }
                    ?? "Nothing is waiting and nothing is failing: the house has been told everything."
            case .failed: "Nothing is out of tries."
            case .withdrawn: "No delivery was withdrawn."
            case .delivered: "Nothing was delivered yet."
            }
        }
    }

    let title: String
    let views: [OrderListView.View]
    let endpoints: [EndpointBox]
    let rows: [DeliveryRow]
    let isEmpty: Bool
    let emptyText: String
    /// The way to those that are out of tries, where the empty list could hide them.
    let exhausted: OrderListView.Badge?
    let older, first: OrderListView.Way?
    let found: String?
    let canRetryAll: Bool
    let notice: String?
    /// Goes with each row's form, so that the list comes back as it was.
    let list: String

    init(
        _ kind: Kind, _ page: DeliveryPage, endpoints: [Endpoint], after: Cursor?, counts: [Kind: CappedCount],
        now: Timestamp, time: OfficeTime, done: String?, count: String?
    ) {
        let list = Self.query(kind, after: after)
        self.list = list
        title = kind.title
        views = Kind.allCases.map { view in
            OrderListView.View(
                path: Self.path(view, after: nil), text: view.title, count: counts[view]?.shown,
                isCurrent: view == kind)
        }
        let exhausted = Self.exhausted(counts[.failed])
        self.endpoints = endpoints.map { EndpointBox($0, exhausted: exhausted, now: now, time: time) }
        rows = page.deliveries.map { DeliveryRow($0, now: now, time: time, list: list) }
        isEmpty = page.deliveries.isEmpty
        emptyText = kind.emptyText(exhausted: exhausted)
        self.exhausted =
            kind == .open && exhausted != nil
            ? .init(text: "Show those that are out of tries", path: Self.path(.failed, after: nil)) : nil
        older = page.next.map {
            OrderListView.Way(path: Self.path(kind, after: Cursor(.deliveries, after: $0.value)))
        }
        first = after == nil ? nil : OrderListView.Way(path: Self.path(kind, after: nil))
        found =
            kind == .delivered
            ? nil : "\(page.count.shown) \(page.count.value == 1 ? "delivery" : "deliveries")"
        canRetryAll = kind == .failed && !page.deliveries.isEmpty
        notice =
            switch done {
            case "resend": "The delivery is tried again."
            case "all":
                "\(Digits.counted(count.flatMap { Int($0) } ?? 0, "delivery is", "deliveries are")) tried again."
            case "paused": "The endpoint is paused. Nothing is sent until somebody resumes it."
            case "resumed": "The endpoint is resumed."
            default: nil
            }
    }

    /// "2 deliveries are out of tries"; nil for none.
    private static func exhausted(_ count: CappedCount?) -> String? {
        guard let count, count.value > 0 else { return nil }
        return "\(count.shown) \(count.value == 1 ? "delivery is" : "deliveries are") out of tries"
    }

    private static func query(_ kind: Kind, after: Cursor?) -> String {
        "view=\(kind.rawValue)" + (after.map { "&after=" + $0.text } ?? "")
    }

    static func path(_ kind: Kind, after: Cursor?) -> String { "/staff/deliveries?" + query(kind, after: after) }
}

/// How the house's address is doing.
struct EndpointBox: Sendable {
    let name, url, state, kind, text: String
    let change, changeText: String
    let isBad: Bool

    /// - Parameter exhausted: how many deliveries are out of tries, in words; nil for none.
    init(_ endpoint: Endpoint, exhausted: String?, now: Timestamp, time: OfficeTime) {
        name = endpoint.name
        url = endpoint.url
        let failures = Digits.counted(endpoint.failuresInARow, "failure", "failures") + " in a row"
        // A time of day ends with the full stop of its "a.m.".
        let last = endpoint.lastSuccessAt.map { "Last success \(time.short($0, now: now))" } ?? "No success yet."
        var text = "\(last) \(Digits.counted(endpoint.pending, "delivery waits", "deliveries wait"))"
        if let oldest = endpoint.oldestPendingAt { text += ", the oldest for \(OfficeTime.age(of: oldest, at: now))" }
        text += "."
        if let exhausted { text += " \(exhausted)." }
        if let until = endpoint.holdUntil, until > now {
            text += " It asked to be left alone until \(time.short(until, now: now))"
        }
        switch endpoint.state {
        case .active:
            // Working is what was seen to work.
            (state, kind) =
                exhausted != nil
                ? ("Messages failed", "wait")
                : endpoint.lastSuccessAt == nil ? ("Nothing arrived yet", "new") : ("Working", "good")
            if endpoint.failuresInARow > 0 { text += " \(failures)." }
        case .down:
            (state, kind) = ("Down", "bad")
            text += " \(failures). One delivery is tried every 30 seconds until one arrives."
        case .paused:
            (state, kind) = ("Paused", "bad")
            text += " Nothing is sent until somebody resumes it."
        }
        self.text = text
        isBad = endpoint.state != .active
        change = "/staff/endpoints/\(endpoint.name)/\(endpoint.state == .paused ? "resume" : "pause")"
        changeText = endpoint.state == .paused ? "Resume" : "Pause"
    }
}

/// One delivery.
struct DeliveryRow: Sendable {
    struct Attempt: Sendable {
        let at, took, answer: String
    }

    let id, event, order, orderPath, state, kind: String
    let age: String
    let attempts: [Attempt]
    let attemptCount: String
    let last: String
    let next: String
    /// With one press: it was to go out anyway.
    let canRetry: Bool
    let retryPath: String
    /// The page that asks first; nil where nothing needs asking.
    let askPath: String?

    /// - Parameter list: where it is shown, for the way back.
    init(_ delivery: Delivery, now: Timestamp, time: OfficeTime, list: String = "") {
        id = delivery.id.description
        event = delivery.kind.shown
        order = delivery.orderNumber.description
        orderPath = "/staff/orders/\(delivery.orderNumber)"
        let failed = delivery.attempts.count
        (state, kind) =
            switch delivery.state {
            case .pending: failed == 0 ? ("Waiting", "new") : ("Failing", "bad")
            case .inFlight: ("Being tried", "busy")
            case .delivered: ("Delivered", "good")
            case .exhausted: ("Out of tries", "bad")
            case .withdrawn: ("Withdrawn", "over")
            }
        age = OfficeTime.age(of: delivery.id.timestamp, at: now)
        attempts = delivery.attempts.reversed().map { attempt in
            Attempt(
                at: time.long(attempt.startedAt),
                took: "\(max(0, attempt.endedAt.milliseconds - attempt.startedAt.milliseconds)) ms",
                answer: Self.answer(attempt))
        }
        attemptCount = String(failed)
        last = delivery.attempts.last.map(Self.answer) ?? "–"
        next = delivery.nextAttemptAt.map { $0 <= now ? "due now" : time.short($0, now: now) } ?? "–"
        canRetry = delivery.state == .pending || delivery.state == .exhausted
        let path = "/staff/deliveries/\(delivery.id)/redeliver"
        retryPath = path
        askPath = delivery.state.needsAsking ? path + "?back=" + URLText.encode(list) : nil
    }

    private static func answer(_ attempt: DeliveryAttempt) -> String {
        [attempt.status.map { "HTTP \($0)" }, attempt.error].compactMap(\.self).joined(separator: ", ")
    }
}
