import Orders

/// Where an order stands, for whoever holds its link: titles, city and state; no name, no street.
struct StatusView: Sendable {
    struct Step: Sendable {
        let what, day, hour: String
        /// RFC 3339, for machines.
        let moment: String
    }

    struct Package: Sendable {
        let heading, state: String
        let carrierName, tracking, trackingPath: String?
        let contents: [Line]
        let hasContents: Bool
    }

    struct Line: Sendable {
        let name: String
        let tongue: String?
        let copies: String
        /// What of it does not come, or not yet.
        var note: String?
    }

    let isNew, isPlaced: Bool
    let number, heading, meaning, updated, selfPath: String
    /// The whole link, for paper.
    let address: String
    /// The meaning says "call us".
    let offersPhone: Bool
    /// What of the order is not in the meaning, where that speaks of a package.
    let more: String?
    let expected: String?
    let promise: SpokenText?
    let packages: [Package]
    let hasPackages, mayHavePackages: Bool
    let steps: [Step]
    let lines: [Line]
    let weight: String
    /// Nothing once no more goes there.
    let going: String?
    let cancelPath: String?
    let newPath: String

    init(_ detail: OrderDetail, _ desk: ReaderDesk, _ visit: Visit, isNew: Bool) {
        let (order, phrases) = (detail.order, visit.phrases)
        let path = visit.path("/s/" + order.statusToken.text)
        let again = order.facts.reshippedAs.last
        let notice = again == nil ? Self.notice(order) : nil
        // The greeting says that there is nothing to do.
        self.isNew = isNew && notice == nil
        isPlaced = order.status == .placed
        number = order.number.description
        let said = notice ?? Self.key(order.status)
        heading = phrases(said + "Name")
        // The new order's link is its own secret: its number is enough to ask about it.
        meaning =
            again.map { phrases("resentText", ["number": $0.description]) } ?? phrases(said + "Text")
        offersPhone = notice != nil || (again == nil && [.delivered, .returned].contains(order.status))
        more = notice != nil && order.status == .partiallyShipped ? phrases("partiallyShippedText") : nil
        let quantities = order.quantities
        expected =
            quantities.contains { $0.backordered > 0 }
            ? Self.expectedAt(order, desk).map { phrases("statusExpected", ["date": desk.time.date($0, phrases)]) }
            : nil
        updated = phrases(
            "statusUpdated",
            ["date": desk.time.date(order.updatedAt, phrases), "time": desk.time.atTime(order.updatedAt, phrases)])
        selfPath = path
        address = desk.settings.publicURL + path
        promise =
            [.placed, .submitted].contains(order.status)
            ? desk.settings.organization.deliveryPromise(in: visit.language) : nil
        let titles = Dictionary(order.lines.map { ($0.sku, $0) }) { first, _ in first }
        func line(_ item: LineItem, _ copies: Int) -> Line {
            let isOwn = CatalogFilter.primary(item.language) == visit.language.rawValue
            return Line(
                name: item.title, tongue: isOwn ? nil : item.language,
                copies: phrases.counted("copiesCount", copies))
        }
        packages = order.parcels.enumerated().map { index, parcel in
            let contents = (parcel.items ?? []).compactMap { item in
                titles[item.sku].map { line($0, item.quantity) }
            }
            return Package(
                heading: phrases("statusPackage", ["number": String(index + 1)]),
                state: phrases(Self.key(parcel.status)), carrierName: parcel.carrier,
                tracking: parcel.trackingNumber,
                // The house's link is followed only where a link can do no harm: never `javascript:`.
                trackingPath: parcel.trackingURL.flatMap { $0.lowercased().hasPrefix("https://") ? $0 : nil },
                contents: contents, hasContents: !contents.isEmpty)
        }
        hasPackages = !packages.isEmpty
        mayHavePackages = packages.isEmpty && ![.cancelRequested, .cancelled].contains(order.status)
        steps = Self.steps(detail, desk, phrases)
        lines = zip(order.lines, quantities).map { item, counts in
            var shown = line(item, item.quantity)
            shown.note = Self.note(counts, order.status, phrases)
            return shown
        }
        let isOver = [.delivered, .returned, .cancelRequested, .cancelled].contains(order.status)
        going =
            isOver ? nil : phrases("statusGoing", ["place": "\(order.shipTo.city), \(order.shipTo.region)"])
        let used = WeightMeter(order.totalWeight, limit: order.weightLimit).used
        weight = phrases(
            "statusWeight", ["used": used + " " + phrases(WeightMeter.unitKey(order.weightLimit.unit))])
        cancelPath = [.placed, .onHold].contains(order.status) ? path + "/cancel" : nil
        newPath = visit.path("/")
    }

    /// What the reader has to know of a package under way, the most urgent: phrases as of a status, `<key>Name` and
    /// `<key>Text`. The order's own would say that all is well.
    private static func notice(_ order: Order) -> String? {
        guard [.shipped, .partiallyShipped].contains(order.status) else { return nil }
        let states = Set(order.parcels.map(\.status))
        if states.contains(.availableForPickup) { return "pickup" }
        if states.contains(.deliveryAttempted) { return "attempted" }
        return states.contains(.exception) ? "late" : nil
    }

    /// The house may write what it likes: only a date that is still to come is told.
    private static func expectedAt(_ order: Order, _ desk: ReaderDesk) -> Timestamp? {
        guard let text = order.expectedAt,
            // A date alone is the same day in all our zones at noon.
            let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T12:00:00Z"),
            time.adding(days: 1) > desk.now
        else { return nil }
        return time
    }

    /// Nothing where the whole order was canceled: the page says so already.
    private static func note(_ counts: LineQuantities, _ status: OrderStatus, _ phrases: Phrases) -> String? {
        guard status != .cancelled else { return nil }
        var notes: [String] = []
        if counts.backordered > 0 { notes.append(phrases.counted("lineWaiting", counts.backordered)) }
        if counts.cancelled > 0 { notes.append(phrases.counted("lineCancelled", counts.cancelled)) }
        return notes.isEmpty ? nil : notes.joined(separator: " ")
    }

    /// Newest first. Only changes of status: what staff do beside them is theirs.
    private static func steps(_ detail: OrderDetail, _ desk: ReaderDesk, _ phrases: Phrases) -> [Step] {
        func step(_ what: String, _ at: Timestamp) -> Step {
            Step(
                what: what, day: desk.time.date(at, phrases), hour: desk.time.time(at, phrases),
                moment: at.description)
        }
        let changes = detail.history.filter { $0.from != nil && $0.from != $0.to }.sorted { $0.at > $1.at }
        return changes.map { step(phrases(key($0.to) + "Name"), $0.at) }
            + [step(phrases("stepPlaced"), detail.order.placedAt)]
    }

    /// The phrases `<key>Name` and `<key>Text`.
    static func key(_ status: OrderStatus) -> String {
        switch status {
        case .placed: "placed"
        case .onHold: "onHold"
        case .submitted: "submitted"
        case .backordered: "backordered"
        case .partiallyShipped: "partiallyShipped"
        case .shipped: "shipped"
        case .delivered: "delivered"
        case .exception: "exception"
        case .returned: "returned"
        case .cancelRequested: "cancelRequested"
        case .cancelled: "cancelled"
        }
    }

    private static func key(_ status: PackageStatus) -> String {
        switch status {
        case .unknown, .preTransit: "parcelPreparing"
        case .inTransit: "parcelMoving"
        case .outForDelivery: "parcelOut"
        case .deliveryAttempted: "parcelAttempted"
        case .availableForPickup: "parcelPickup"
        case .exception, .failure: "parcelProblem"
        case .returnToSender: "parcelReturned"
        case .returned: "parcelBack"
        case .delivered: "parcelDelivered"
        case .cancelled: "parcelCancelled"
        }
    }
}
