import Hummingbird
import Orders

/// Packing slips, one to a sheet of paper: for picking, for checking, and for the reader who opens the parcel.
struct SlipController: Sendable {
    private static let most = 100

    private let desk: ConsoleDesk

    init(_ desk: ConsoleDesk) { self.desk = desk }

    var routes: [Route] {
        [
            desk.get("/staff/orders/{number}/slip", for: .ordersRead, one),
            desk.get("/staff/slips", for: .ordersRead, batch),
        ]
    }

    @Sendable private func one(_ visit: StaffVisit) async throws -> Response {
        let number = try visit.number()
        let list = try QueryParameters(visit.request).all("list").first.map { "?list=" + URLText.encode($0) } ?? ""
        return try await page(visit, [number], back: "/staff/orders/\(number)\(list)")
    }

    @Sendable private func batch(_ visit: StaffVisit) async throws -> Response {
        let query = try QueryParameters(visit.request)
        let numbers = query.all("order").prefix(Self.most).compactMap { OrderNumber($0) }
        return try await page(visit, numbers, back: "/staff/orders" + (query.all("list").first.map { "?" + $0 } ?? ""))
    }

    private func page(_ visit: StaffVisit, _ numbers: [OrderNumber], back: String) async throws -> Response {
        var slips: [Slip] = []
        for number in numbers {
            guard let order = try await desk.store.order(number) else { continue }
            slips.append(Slip(order, desk.settings.organization, time: desk.time))
        }
        guard !slips.isEmpty else { throw Problem.notFound }
        let title = slips.count == 1 ? "Packing slip" : "\(slips.count) packing slips"
        let view = SlipsView(title: title, slips: slips, back: back)
        return desk.page("staffslips", visit, title: title, tab: nil, view)
    }
}

struct SlipsView: Sendable {
    let title: String
    let slips: [Slip]
    let back: String
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

    init(_ order: Order, _ organization: Organization, time: OfficeTime) {
        number = order.number.description
        label = "Barcode, order \(order.number)"
        let code = Code128(digits: order.number.description.replacing("-", with: ""))
        bars = code?.path(height: Self.barHeight) ?? ""
        viewBox = "0 0 \(code?.width ?? 0) \(Self.barHeight)"
        self.organization = organization.name
        returnAddress = organization.returnAddress
        placed = time.date(order.placedAt, in: .english)
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
