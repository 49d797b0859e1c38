import Orders

/// Values of an order's page.
struct OrderPageView: Sendable {
    struct Line: Sendable {
        let sku, title, language, quantity, weight, progress: String
    }

    struct Flag: Sendable {
        let text, meaning: String
    }

    struct Button: Sendable {
        let path, text, name: String
        let isPrimary: Bool
    }

    struct Refused: Sendable {
        let text, why: String
    }

    struct Link: Sendable {
        let path, text: String
    }

    struct Note: Sendable {
        let said, who, at: String
    }

    struct Fact: Sendable {
        let label, value: String
    }

    let number, status, kind: String
    let tag: String
    /// The person was forgotten: there is nothing to show of them, and nothing to do any more.
    let erased: String?
    let alerts: [Fact]
    let flags: [Flag]
    /// The first thing to do stands first.
    let buttons: [Button]
    /// What nothing takes back: after all others.
    let dangers: [Button]
    let refused: [Refused]
    let lines: [Line]
    let total, limit: String
    let copies: String
    let address: String
    let contact: [Fact]
    let orderNotes: String?
    let notes: [Note]
    let packages: [PackageBlock]
    let hasPackages: Bool
    let deliveries: [DeliveryRow]
    let timeline: [TimelineEntry]
    let facts: [Fact]
    let related: [Link]
    let slip: String
    let list: String
    let backPath: String
    let newer, older: Link?
    let notice: String?
    let typedNote: String
    let noteProblem: String?
    let problems: ConsoleProblems

    init(
        _ detail: OrderDetail, visit: StaffVisit, now: Timestamp, time: OfficeTime, list: String?, newer: OrderNumber?,
        older: OrderNumber?, notice: String?, typedNote: String, noteProblem: String?
    ) {
        let order = detail.order
        let suffix = list.map { "?list=" + URLText.encode($0) } ?? ""
        let statusTag = StatusTag(order.status)
        number = order.number.description
        (status, kind) = (statusTag.text, statusTag.kind)
        tag = detail.entityTag
        erased = order.facts.erasedAt.map {
            "The personal data of this order was erased on \(time.date($0, in: .english)). Nothing can be done with it "
                + "any more."
        }
        alerts = Self.alerts(order, now: now, time: time)
        flags = order.flags.map { Flag(text: $0.title, meaning: $0.meaning) }
        let mayWrite = visit.account.allows(.ordersWrite)
        let judged = OrderAction.allCases.map { ($0, $0.refusal(detail, at: now)) }
        let possible = judged.filter { $0.1 == nil }.map(\.0)
        let primary = OrderAction.primary(detail, possible: possible)
        let offered = mayWrite ? possible.filter { $0 == primary } + possible.filter { $0 != primary } : []
        func button(_ action: OrderAction) -> Button {
            Button(
                path: "/staff/orders/\(order.number)/\(action.rawValue)\(suffix)", text: action.title,
                name: action.rawValue, isPrimary: action == primary)
        }
        buttons = offered.filter { !$0.isDangerous }.map(button)
        dangers = offered.filter(\.isDangerous).map(button)
        refused =
            mayWrite
            ? judged.compactMap { action, refusal in
                refusal.map { Refused(text: action.title, why: action.words(for: $0, of: order)) }
            } : []
        lines = zip(order.lines, order.quantities).map { Self.line($0, $1) }
        total = order.statedTotalWeight.shown
        limit = order.weightLimit.description
        copies = Digits.counted(order.copies, "copy", "copies")
        address = Self.address(order.shipTo)
        contact = Self.contact(order)
        orderNotes = order.notes
        notes = order.facts.staffNotes.reversed().map {
            Note(said: $0.text, who: $0.by.shown, at: time.long($0.at))
        }
        packages = order.parcels.map { PackageBlock($0, order: order, time: time) }
        hasPackages = !packages.isEmpty
        deliveries = detail.deliveries.reversed().map { DeliveryRow($0, now: now, time: time) }
        timeline = TimelineEntry.all(of: detail, time: time)
        facts = Self.facts(order, time: time)
        related = Self.related(order)
        slip = "/staff/orders/\(order.number)/slip\(suffix)"
        self.list = list ?? ""
        backPath = "/staff/orders" + (list.map { "?" + $0 } ?? "")
        self.newer = newer.map { Link(path: "/staff/orders/\($0)\(suffix)", text: $0.description) }
        self.older = older.map { Link(path: "/staff/orders/\($0)\(suffix)", text: $0.description) }
        self.notice = notice
        self.typedNote = typedNote
        self.noteProblem = noteProblem
        var problems = ConsoleProblems()
        if let noteProblem { problems.add("text", noteProblem) }
        self.problems = problems
    }

    private static func alerts(_ order: Order, now: Timestamp, time: OfficeTime) -> [Fact] {
        var alerts: [Fact] = []
        if let hold = order.facts.hold {
            alerts.append(said("On hold", hold.reason, "\(hold.by.shown), \(time.long(hold.at))"))
        }
        if let rejection = order.openRejection {
            alerts.append(said("The house refused it", rejection.reason, time.long(rejection.at)))
        }
        if let story = CancellationStory(order) {
            let state =
                switch story.state {
                case .requested: "Cancellation asked, the house has not answered"
                case .refused: "The house refused to cancel"
                case .cancelled: "Cancelled"
                }
            let why = [story.reason, story.answer].compactMap(\.self).joined(separator: "; ")
            alerts.append(said(state, why, "\(story.actor.shown), \(time.long(story.at))"))
        }
        return alerts
    }

    /// An erased order keeps who and when, but no reason.
    private static func said(_ label: String, _ why: String, _ source: String) -> Fact {
        Fact(label: label, value: "\(why.isEmpty ? "" : why + " ")(\(source))")
    }

    private static func line(_ line: LineItem, _ quantities: LineQuantities) -> Line {
        var progress: [String] = []
        if quantities.delivered > 0 { progress.append("\(quantities.delivered) delivered") }
        if quantities.shipped > quantities.delivered {
            progress.append("\(quantities.shipped - quantities.delivered) shipped")
        }
        if quantities.backordered > 0 { progress.append("\(quantities.backordered) backordered") }
        if quantities.cancelled > 0 { progress.append("\(quantities.cancelled) cancelled") }
        return Line(
            sku: line.sku, title: line.title, language: line.language, quantity: Digits.grouped(line.quantity),
            weight: line.statedWeight.description, progress: progress.isEmpty ? "–" : progress.joined(separator: ", "))
    }

    /// As on a label.
    static func address(_ to: ShipTo) -> String {
        var lines = [to.name, to.organization, to.line1, to.line2].compactMap(\.self)
        lines.append("\(to.city), \(to.region) \(to.postalCode)")
        if to.country != "US" { lines.append(to.country) }
        return lines.joined(separator: "\n")
    }

    private static func contact(_ order: Order) -> [Fact] {
        let person =
            order.facts.erasedAt != nil
            ? [Fact(label: "Region", value: order.shipTo.region.nilIfEmpty ?? "not kept")]
            : [
                Fact(label: "Email", value: order.email ?? "not given"),
                Fact(label: "Phone", value: order.shipTo.phone ?? "not given"),
            ]
        return person + [
            Fact(label: "Ordered by", value: order.requesterType.shown),
            Fact(label: "Language", value: order.language == .spanish ? "Spanish" : "English"),
        ]
    }

    private static func facts(_ order: Order, time: OfficeTime) -> [Fact] {
        var facts = [
            Fact(label: "Placed", value: time.long(order.placedAt)),
            Fact(label: "Last change", value: time.long(order.updatedAt)),
        ]
        if let reference = order.houseReference { facts.append(Fact(label: "House's reference", value: reference)) }
        if let expected = order.expectedAt {
            let value = OfficeTime.day(written: expected) ?? "the house says: “\(expected.prefix(200))”"
            facts.append(Fact(label: "Backorder expected", value: value))
        }
        return facts
    }

    private static func related(_ order: Order) -> [Link] {
        let original = order.reshipOf.map { [Link(path: "/staff/orders/\($0)", text: "Reship of \($0)")] } ?? []
        return original + order.facts.reshippedAs.map { Link(path: "/staff/orders/\($0)", text: "Reshipped as \($0)") }
    }
}

/// One package.
struct PackageBlock: Sendable {
    struct Tracking: Sendable {
        let number: String
        let url: String?
    }

    let title, status, kind: String
    let tracking: Tracking?
    let contents: String
    let latest: String?
    let warning: String?

    init(_ parcel: Parcel, order: Order, time: OfficeTime) {
        title = "\(parcel.carrier?.uppercased() ?? "Carrier unknown"), package \(parcel.id)"
        (status, kind) = parcel.status.shown
        // The house's link is followed only where a link can do no harm: never `javascript:`.
        let url = parcel.trackingURL.flatMap { $0.lowercased().hasPrefix("https://") ? $0 : nil }
        tracking = parcel.trackingNumber.map { Tracking(number: $0, url: url) }
        contents =
            parcel.items.map { items in
                items.map { item in
                    let title = order.lines.first { $0.sku == item.sku }?.title ?? "not part of the order"
                    return "\(item.quantity) × \(item.sku) \(title)"
                }.joined(separator: "; ")
            } ?? "The house has not said what is inside."
        latest = parcel.updates.last.map { update in
            let what = [update.message, update.location].compactMap(\.self).joined(separator: ", ")
            return time.long(update.occurredAt) + (what.isEmpty ? "" : ": " + what)
        }
        let ahead = parcel.updates.filter(\.isDatedAhead).count
        warning = ahead == 0 ? nil : "\(Digits.counted(ahead, "update is", "updates are")) dated ahead and not counted."
    }
}

extension PackageStatus {
    var shown: (text: String, kind: String) {
        switch self {
        case .unknown: ("Unknown", "wait")
        case .preTransit: ("Label printed", "busy")
        case .inTransit: ("In transit", "busy")
        case .exception: ("Problem on the way", "bad")
        case .outForDelivery: ("Out for delivery", "busy")
        case .deliveryAttempted: ("Delivery attempted", "wait")
        case .availableForPickup: ("Ready for pickup", "wait")
        case .failure: ("Failed", "bad")
        case .returnToSender: ("Going back", "bad")
        case .returned: ("Returned", "bad")
        case .delivered: ("Delivered", "good")
        case .cancelled: ("Cancelled", "over")
        }
    }
}

extension RequesterType {
    var shown: String {
        switch self {
        case .patient: "Patient"
        case .caregiver: "Caregiver"
        case .survivor: "Survivor"
        case .healthProfessional: "Health professional"
        case .organization: "Organization"
        case .other: "Not said"
        }
    }
}

extension Actor {
    var shown: String {
        switch self {
        case .reader: "Reader"
        case .house: "House"
        case .system: "Mailroom"
        case .staff(let name): name
        }
    }
}
