import Fulfillment
import Hummingbird
import Logging
import Orders

/// What the house was told, is being told, or could not be told.
struct ConsoleDeliveriesController: Sendable {
    private static let rows = 50
    /// Of those that are out of attempts, with one press.
    private static let mostAtOnce = 1000

    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        [
            desk.get("/staff/deliveries", for: .ordersRead, list),
            desk.get("/staff/deliveries/all", for: .ordersWrite, askAll),
            desk.post("/staff/deliveries/all", for: .ordersWrite, redeliverAll),
            desk.get("/staff/deliveries/{id}/redeliver", for: .ordersWrite, askRedeliver),
            desk.post("/staff/deliveries/{id}/redeliver", for: .ordersWrite, redeliver),
            desk.get("/staff/endpoints/{name}/{change}", for: .ordersWrite, askEndpoint),
            desk.post("/staff/endpoints/{name}/{change}", for: .ordersWrite, setEndpoint),
        ]
    }

    @Sendable private func list(_ visit: StaffVisit) async throws -> Response {
        let parameters = try QueryParameters(visit.request)
        let view = parameters.all("view").first.flatMap { DeliveriesView.Kind(rawValue: $0) } ?? .open
        var query = DeliveryQuery()
        query.states = view.states
        query.limit = Self.rows
        let after = parameters.all("after").first.flatMap { Cursor($0, of: .deliveries) }
        query.before = after.map { EventID(value: $0.key) }
        let page = try await desk.store.deliveries(query)
        let values = DeliveriesView(
            view, page, endpoints: try await desk.store.endpoints(), after: after, counts: try await counts(),
            now: desk.clock.now, time: desk.time,
            done: parameters.all("done").first, count: parameters.all("count").first)
        return desk.page("staffdeliveries", visit, title: "Deliveries, \(view.title)", tab: .deliveries, values)
    }

    /// Delivered ones are not counted: nearly all are, and nobody asks how many.
    private func counts() async throws -> [DeliveriesView.Kind: CappedCount] {
        var counts: [DeliveriesView.Kind: CappedCount] = [:]
        for kind in DeliveriesView.Kind.allCases where kind != .delivered {
            var query = DeliveryQuery()
            query.states = kind.states
            query.limit = 1
            counts[kind] = try await desk.store.deliveries(query).count
        }
        return counts
    }

    // MARK: One of them

    /// The one that the path names: the list's row of exactly that key.
    private func delivery(_ visit: StaffVisit) async throws -> Delivery {
        guard let id = visit.context.pathPart("id").flatMap({ EventID($0) }), id.value < .max else {
            throw Problem.notFound
        }
        var query = DeliveryQuery()
        query.limit = 1
        query.before = EventID(value: id.value + 1)
        guard let found = try await desk.store.deliveries(query).deliveries.first, found.id == id else {
            throw Problem.notFound
        }
        return found
    }

    /// The list as it was, from what its forms say of it.
    private static func back(_ text: String?) -> String {
        let query = text.flatMap { try? QueryParameters(text: $0) }
        let view = query?.all("view").first.flatMap { DeliveriesView.Kind(rawValue: $0) } ?? .open
        return DeliveriesView.path(view, after: query?.all("after").first.flatMap { Cursor($0, of: .deliveries) })
    }

    @Sendable private func askRedeliver(_ visit: StaffVisit) async throws -> Response {
        let delivery = try await delivery(visit)
        return try await ask(visit, delivery, back: try QueryParameters(visit.request).all("back").first ?? "")
    }

    private func ask(
        _ visit: StaffVisit, _ delivery: Delivery, back: String, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        guard let order = try await desk.store.order(delivery.orderNumber) else { throw Problem.notFound }
        if order.facts.erasedAt != nil { return erased(visit, back) }
        if delivery.state == .inFlight { return inFlight(visit, back) }
        let view = AskView(asking: delivery, of: order, back: (Self.back(back), back))
        return desk.page("staffask", visit, title: "Send again", tab: .deliveries, view, status: status)
    }

    @Sendable private func redeliver(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let delivery = try await delivery(visit)
        let back = form["back"] ?? ""
        // What arrived or was withdrawn goes out only for somebody who was told what that means, of the state it is in.
        if delivery.state.needsAsking && form["confirm"] != delivery.state.rawValue {
            return try await ask(visit, delivery, back: back, status: .conflict)
        }
        switch try await desk.store.redeliver(delivery.id, by: visit.actor, at: desk.clock.now) {
        case .done: return .seeOther(Self.back(back) + "&done=resend")
        case .notFound: throw Problem.notFound
        case .inFlight: return inFlight(visit, back)
        case .erased: return erased(visit, back)
        }
    }

    private func inFlight(_ visit: StaffVisit, _ back: String) -> Response {
        desk.message(
            visit, "It is being tried right now", status: .conflict,
            ["Look again in a minute: then it has either arrived or may be tried again."],
            back: (Self.back(back), "Back to the deliveries"))
    }

    private func erased(_ visit: StaffVisit, _ back: String) -> Response {
        desk.message(
            visit, "The order was erased", status: .conflict,
            ["Nothing of the person is kept, so there is nothing left to send."],
            back: (Self.back(back), "Back to the deliveries"))
    }

    // MARK: All that failed

    @Sendable private func askAll(_ visit: StaffVisit) async throws -> Response {
        var query = DeliveryQuery()
        query.states = [.exhausted]
        query.limit = 1
        let count = try await desk.store.deliveries(query).count
        guard count.value > 0 else { return .seeOther("/staff/deliveries?view=failed") }
        let most = Digits.grouped(Self.mostAtOnce)
        return desk.page(
            "staffask", visit, title: "Try all again", tab: .deliveries,
            AskView(
                question: "Try \(count.shown) failed \(count.value == 1 ? "delivery" : "deliveries") again?",
                paragraphs: [
                    "Each goes out unchanged, under its message number as before, and its 15 tries start again.",
                    "One press takes \(most) of them at most.",
                ], path: "/staff/deliveries/all", confirm: "Try them again", back: "/staff/deliveries?view=failed",
                isDangerous: false))
    }

    @Sendable private func redeliverAll(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        var done = 0
        var query = DeliveryQuery()
        query.states = [.exhausted]
        query.limit = 100
        // What was freed has left the list, so its beginning is always the next part.
        while done < Self.mostAtOnce {
            let page = try await desk.store.deliveries(query).deliveries
            let ids = page.map(\.id)
            let freed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for id in ids {
                    group.addTask { [desk] in
                        let outcome = try await desk.store.redeliver(id, by: visit.actor, at: desk.clock.now)
                        if case .done = outcome { return true }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            done += freed
            if freed == 0 { break }
        }
        return .seeOther("/staff/deliveries?done=all&count=\(done)")
    }

    // MARK: Endpoints

    private func change(_ visit: StaffVisit) throws -> (name: String, isPause: Bool) {
        guard let name = visit.context.pathPart("name"), StaffToken.isName(name) else { throw Problem.notFound }
        switch visit.context.pathPart("change") {
        case "pause": return (name, true)
        case "resume": return (name, false)
        default: throw Problem.notFound
        }
    }

    @Sendable private func askEndpoint(_ visit: StaffVisit) async throws -> Response {
        let (name, isPause) = try change(visit)
        let view = AskView(
            question: isPause ? "Pause the endpoint \(name)?" : "Resume the endpoint \(name)?",
            paragraphs: [
                isPause
                    ? "Nothing more is sent to it until somebody resumes it. Everything is kept and goes out then."
                    : "What waits goes out from now on, the oldest first."
            ], path: "/staff/endpoints/\(name)/\(isPause ? "pause" : "resume")",
            confirm: isPause ? "Pause it" : "Resume it", back: "/staff/deliveries", isDangerous: isPause)
        return desk.page("staffask", visit, title: isPause ? "Pause" : "Resume", tab: .deliveries, view)
    }

    @Sendable private func setEndpoint(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let (name, isPause) = try change(visit)
        guard try await desk.store.setPaused(isPause, endpoint: name, at: desk.clock.now) else {
            throw Problem.notFound
        }
        desk.logger.notice(
            "an endpoint was \(isPause ? "paused" : "resumed") by staff", metadata: ["name": "\(visit.account.name)"])
        return .seeOther("/staff/deliveries?done=\(isPause ? "paused" : "resumed")")
    }
}

/// A page that asks once more.
struct AskView: Sendable {
    let question: String
    let paragraphs: [String]
    let path, confirm, back: String
    let isDangerous: Bool
    /// What the form carries besides its token.
    var fields: [OrderListView.Hidden] = []
}

extension AskView {
    /// - Parameter back: the way to the list, and the list as the form carries it on.
    init(asking delivery: Delivery, of order: Order, back: (path: String, list: String)) {
        let what = "the \(delivery.kind.shown.lowercased()) message of \(order.number)"
        let state = "The order is now in the state “\(StatusTag(order.status).text)”."
        path = "/staff/deliveries/\(delivery.id)/redeliver"
        self.back = back.path
        isDangerous = delivery.state.needsAsking
        switch delivery.state {
        case .withdrawn:
            question = "Send \(what), although it was withdrawn?"
            paragraphs = [
                "It was withdrawn because the order was held, cancelled or changed after this message was written.",
                "The house gets it exactly as it was written then. If the address was corrected since, the parcel may "
                    + "go to the old address.",
                state + " To send an order that is on hold as it is now, release it on its page instead.",
            ]
            confirm = "Send it all the same"
        case .delivered:
            question = "Send \(what) once more, although it arrived?"
            paragraphs = [
                "The house has it. It gets the message again under the same message number and should pack it once.",
                state,
            ]
            confirm = "Send it once more"
        case .pending, .exhausted, .inFlight:
            question = "Try \(what) again?"
            paragraphs = [
                "It goes out unchanged, under its message number as before, and its 15 tries start again.", state,
            ]
            confirm = "Try it again"
        }
        fields = [.init(name: "confirm", value: delivery.state.rawValue), .init(name: "back", value: back.list)]
    }
}

extension DeliveryState {
    /// Sending it again is not plainly what was meant to happen.
    var needsAsking: Bool { self == .delivered || self == .withdrawn }
}

extension OutboxEvent.Kind {
    var shown: String { self == .orderPlaced ? "Order" : "Cancellation" }
}
