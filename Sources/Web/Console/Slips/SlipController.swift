import Fulfillment
import Hummingbird
import Orders

/// Packing slips, one to a sheet of paper: for picking, for checking, and for the reader who opens the parcel.
struct SlipController: Sendable {
    private static let most = 100

    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        let (one, many) = ("/staff/orders/{number}/slip", "/staff/slips")
        return [
            desk.get(one, for: .ordersRead, showOne), desk.post(one, for: .ordersWrite, markOne),
            desk.get(many, for: .ordersRead, showMany), desk.post(many, for: .ordersWrite, markMany),
        ]
    }

    @Sendable private func showOne(_ visit: StaffVisit) async throws -> Response {
        let number = try visit.number()
        return try await page(visit, [number]) { URLText.order(number, list: $0) }
    }

    @Sendable private func showMany(_ visit: StaffVisit) async throws -> Response {
        let numbers = try QueryParameters(visit.request).all("order").prefix(Self.most).compactMap { OrderNumber($0) }
        return try await page(visit, numbers) { "/staff/orders" + ($0.isEmpty ? "" : "?" + $0) }
    }

    /// - Parameter back: the way back, given the list that staff came from.
    private func page(
        _ visit: StaffVisit, _ numbers: [OrderNumber], back: (String) -> String
    ) async throws -> Response {
        var slips: [Slip] = []
        for number in numbers {
            guard let detail = try await desk.store.detail(number) else { continue }
            slips.append(Slip(detail, desk.settings.organization, time: desk.time))
        }
        guard !slips.isEmpty else { throw Problem.notFound }
        let parameters = try QueryParameters(visit.request)
        let list = parameters.all("list").first ?? ""
        let title = slips.count == 1 ? "Packing slip" : "\(slips.count) packing slips"
        let view = SlipsView(
            title: title, slips: slips, path: visit.request.uri.path, list: list, back: back(list),
            notice: parameters.all("done").first == "printed" ? "Marked as printed." : nil)
        return desk.page("staffslips", visit, title: title, tab: nil, view)
    }

    // MARK: Printed

    @Sendable private func markOne(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let number = try visit.number()
        try await mark([number], visit)
        return .seeOther(
            "/staff/orders/\(number)/slip?" + URLText.query([("list", form["list"] ?? ""), ("done", "printed")]))
    }

    @Sendable private func markMany(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let numbers = form.all("order").prefix(Self.most).compactMap { OrderNumber($0) }
        try await mark(numbers, visit)
        let orders = numbers.map { (name: "order", value: $0.description) }
        return .seeOther(
            "/staff/slips?" + URLText.query(orders + [("list", form["list"] ?? ""), ("done", "printed")]))
    }

    /// A browser does not tell whether somebody printed: staff do. Each sheet made after that says that it is not the
    /// first. Whatever else changed meanwhile, it was printed; an erased order's history takes nothing more.
    private func mark(_ numbers: some Sequence<OrderNumber>, _ visit: StaffVisit) async throws {
        for number in numbers {
            _ = try await desk.store.perform(
                .slipPrinted, on: number, by: visit.actor, at: desk.clock.now, ifMatch: nil)
        }
    }
}

struct SlipsView: Sendable {
    let title: String
    let slips: [Slip]
    /// Where it is marked as printed.
    let path: String
    let list, back: String
    let notice: String?
}

/// One order's sheet.
struct Slip: Sendable {
    struct Line: Sendable {
        let sku, title, language, send, later: String
    }

    private static let barHeight = 36
    /// More lines are set closer, so that twelve long titles still fit one sheet.
    private static let mostWideLines = 8

    let number, label, bars, viewBox: String
    let organization, returnAddress: String
    let placed: String
    /// How often it was printed before; nil for never.
    let printed: String?
    let recipient, address: String
    /// Why it must not be packed; nil when it may.
    let halt: String?
    let lines: [Line]
    let hasLines, isDense: Bool
    /// What the titles of a dense slip leave out at their beginning; nil when they are whole.
    let series: String?
    let titles, copies, weight: String
    let isReship: String?
    let readerLanguage, readerTitle: String
    let readerLines: [String]

    init(_ detail: OrderDetail, _ organization: Organization, time: OfficeTime) {
        let order = detail.order
        number = order.number.description
        label = "Barcode, order \(order.number)"
        let code = Code128(digits: order.number.description.replacing("-", with: ""))
        bars = code?.path(height: Self.barHeight) ?? ""
        viewBox = "0 0 \(code?.width ?? 0) \(Self.barHeight)"
        self.organization = organization.name
        returnAddress = organization.returnAddress
        placed = time.date(order.placedAt, in: .english)
        let printings = detail.history.count { $0.event == HistoryEntry.slipPrinted }
        printed = printings == 0 ? nil : "Printed before: \(Digits.counted(printings, "time", "times"))"
        let isErased = order.facts.erasedAt != nil
        let text = OrderPageView.address(order.shipTo).split(separator: "\n", maxSplits: 1)
        recipient = isErased ? "Erased" : text.first.map(String.init) ?? ""
        address = isErased ? "There is no address any more." : text.dropFirst().first.map(String.init) ?? ""
        halt = Self.halt(order)
        // As the shelves are sorted: by SKU.
        let pairs = zip(order.lines, order.quantities).sorted { $0.0.sku < $1.0.sku }
        let open = pairs.filter { $0.1.open > 0 }
        let isDense = open.count > Self.mostWideLines
        let series = isDense ? Self.series(of: open.map { $0.0.title }) : []
        lines = open.map { line, quantities in
            let later = min(quantities.backordered, quantities.open)
            let start = series.first { line.title.hasPrefix($0) }
            return Line(
                sku: line.sku, title: String(line.title.dropFirst(start?.count ?? 0)), language: line.language,
                send: Digits.grouped(quantities.open - later), later: later > 0 ? Digits.grouped(later) : "")
        }
        hasLines = !open.isEmpty
        self.isDense = isDense
        self.series =
            series.isEmpty
            ? nil : series.map { "“\($0.dropLast())”" }.joined(separator: " or ")
        titles = Digits.counted(open.count, "title", "titles")
        copies = Digits.counted(open.reduce(0) { $0 + $1.1.open }, "copy", "copies")
        weight = order.statedTotalWeight.shown
        isReship = order.reshipOf.map { "Sends order \($0) again" }
        readerLanguage = order.language.rawValue
        (readerTitle, readerLines) = Self.words(to: order, organization)
    }

    /// A slip that was printed before, or with others, must say so itself.
    private static func halt(_ order: Order) -> String? {
        if order.facts.erasedAt != nil { return "erased" }
        switch order.status {
        case .onHold: return order.facts.hold == nil ? "the house refused it" : "on hold"
        case .cancelled: return "cancelled"
        case .cancelRequested: return "cancellation asked"
        case .placed, .submitted, .backordered, .partiallyShipped, .exception, .returned, .shipped, .delivered:
            return nil
        }
    }

    /// What three of the titles or more begin with, up to a colon.
    private static func series(of titles: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for title in titles {
            guard let colon = title.firstIndex(of: ":") else { continue }
            counts[title[...colon] + " ", default: 0] += 1
        }
        return counts.filter { $0.value >= 3 }.keys.sorted()
    }

    /// What the reader finds in the parcel, in the order's language.
    private static func words(to order: Order, _ organization: Organization) -> (String, [String]) {
        let phone = organization.phone
        if order.language == .spanish {
            return (
                "Para quien abre este paquete",
                [
                    "Estos son los folletos que pidió. No cuestan nada, y el envío tampoco.",
                    phone.isEmpty ? "" : "¿Falta algo, o llegó algo dañado? Llame al \(phone).",
                    "Su número de pedido es \(order.number).",
                ].filter { !$0.isEmpty }
            )
        }
        return (
            "For the reader",
            [
                "These are the booklets you ordered. They cost nothing, and so does the mail.",
                phone.isEmpty ? "" : "Is something missing or damaged? Call \(phone).",
                "Your order number is \(order.number).",
            ].filter { !$0.isEmpty }
        )
    }
}
