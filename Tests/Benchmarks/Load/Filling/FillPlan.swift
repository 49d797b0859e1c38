import Orders

/// Which orders a database gets: a function of the seed and the time alone.
struct FillPlan: Sendable {
    enum State: String, Sendable, CaseIterable {
        /// Announced, never tried.
        case pending
        /// The house has each.
        case delivered
        /// Each went its way, most to the end; see `Fate`.
        case shipped
    }

    let orders: Int
    let state: State
    /// So many orders have two pending events: the first was tried once and failed, and a cancellation was requested.
    let secondEvents: Int
    let days: Int
    let seed: UInt64
    /// When the last day ends.
    let end: Timestamp
    private let lightTitles: [Title]
    private let plainTitles: [Title]

    static let weightLimit = StatedWeight(millionths: 20_000_000, unit: .pound)

    init(
        orders: Int, state: State, secondEvents: Int, days: Int, seed: UInt64, end: Timestamp, titles: [Title]
    ) throws {
        func available(from least: Int128, to ounces: Int128) -> [Title] {
            let range = (least * 1_000_000)...(ounces * 1_000_000)
            return titles.filter { $0.available && range.contains($0.unitWeight.inOunces) }
        }
        self.orders = orders
        self.state = state
        self.secondEvents = secondEvents
        self.days = days
        self.seed = seed
        self.end = end
        plainTitles = available(from: 0, to: 8)
        lightTitles = available(from: 1, to: 4)
        guard plainTitles.count >= 3, lightTitles.count >= 3 else {
            throw LoadFailure("the catalog has too few titles that are available and light")
        }
    }

    /// Spread evenly: the first `days` before the end, the last just before it.
    func placedAt(_ index: Int) -> Timestamp {
        let span = Int64(days) * 86_400_000
        return end.adding(milliseconds: span * Int64(index) / Int64(orders) - span)
    }

    func fate(_ index: Int) -> Fate { state == .shipped ? .of(index: index) : .delivered }

    func isFrequentName(_ index: Int) -> Bool {
        var random = SeededRandom(seed: seed &+ 1, index: index / 10)
        return Int(random.next() % 10) == index % 10
    }

    /// How many recipients have the frequent family name.
    var frequentNames: Int { (0..<orders).count(where: isFrequentName) }

    /// Every so many orders one has a second event.
    func hasSecondEvent(_ index: Int) -> Bool {
        index * secondEvents / orders != (index + 1) * secondEvents / orders
    }

    // MARK: Making an order

    /// - Parameter draw: another one draws other keys, for an order whose keys were taken.
    func order(_ index: Int, draw: Int = 0) -> PlannedOrder {
        let fate = fate(index)
        // A twin differs in its name and e-mail at most.
        let twin = fate == .possibleDuplicate && index > 0 ? index - 1 : index
        var random = SeededRandom(seed: seed &+ 2, index: twin)
        let lines = lines(nearLimit: fate == .nearLimit, &random)
        let (shipTo, email) = recipient(index, &random)
        var keys = SeededRandom(seed: seed &+ 3 &+ UInt64(draw), index: index)
        let placedAt = placedAt(index)
        let id = OrderID(value: OrderID.lowest(at: placedAt) | Int64(keys.next() >> 44))
        let order = Order(
            id: id, number: OrderNumber(serial: Int64(keys.next() % 1_000_000_000)),
            statusToken: StatusToken(orderID: id, secret: keys.bytes(16)), placedAt: placedAt, updatedAt: placedAt,
            lines: lines, weightLimit: Self.weightLimit, shipTo: shipTo, email: email,
            requesterType: random.pick(RequesterType.allCases),
            language: random.chance(percent: 15) ? .spanish : .english,
            notes: random.chance(percent: 5) ? "Please leave it at the front desk." : nil, reshipOf: nil,
            facts: OrderFacts())
        let eventID = EventID(value: EventID.lowest(at: placedAt) | Int64(keys.next() >> 44))
        return PlannedOrder(
            index: index, fate: fate, order: order, event: .placed(order, id: eventID, at: placedAt),
            key: IdempotencyKey(value: keys.uuid(), digest: keys.bytes(32)))
    }

    private func lines(nearLimit: Bool, _ random: inout SeededRandom) -> [LineItem] {
        let titles = nearLimit ? lightTitles : plainTitles
        var chosen: [Title] = []
        while chosen.count < 3 {
            let title = random.pick(titles)
            if !chosen.contains(where: { $0.sku == title.sku }) { chosen.append(title) }
        }
        return chosen.map { title in
            let drawn = Int(random.next() % 5) + 1
            guard nearLimit else { return LineItem(title, quantity: drawn) }
            // A third of 19.5 pounds each.
            let copies = Int(104_000_000 / title.unitWeight.inOunces)
            return LineItem(title, quantity: min(title.maxQuantity, copies))
        }
    }

    private func recipient(_ index: Int, _ random: inout SeededRandom) -> (ShipTo, email: String?) {
        let first = random.pick(People.firstNames)
        let drawn = random.pick(random.chance(percent: 5) ? People.accentedFamilyNames : People.familyNames)
        let family = isFrequentName(index) ? People.frequentFamilyName : drawn
        let place = random.pick(Place.all)
        let street = "\(random.next() % 9_900 + 100) \(random.pick(People.streets))"
        let phone = random.chance(percent: 50) ? phone(&random) : nil
        let shipTo = ShipTo(
            name: "\(first.text) \(family.text)",
            organization: random.chance(percent: 20) ? random.pick(People.organizations) : nil, line1: street,
            line2: random.chance(percent: 30) ? "Apt \(random.next() % 400 + 1)" : nil, city: place.city,
            region: place.region, postalCode: place.zip, country: "US", phone: phone)
        return (shipTo, "\(first.plain).\(family.plain).\(index)@\(People.domain(&random))")
    }

    private func phone(_ random: inout SeededRandom) -> String {
        let digits = String(2_000_000_000 + random.next() % 8_000_000_000)
        return "\(digits.prefix(3))-\(digits.dropFirst(3).prefix(3))-\(digits.dropFirst(6))"
    }
}

/// An order, its announcement and its key, ready to be placed.
struct PlannedOrder: Sendable {
    let index: Int
    let fate: Fate
    let order: Order
    let event: OutboxEvent
    let key: IdempotencyKey
}

extension StatedWeight {
    /// In millionths of an ounce, rounded down.
    fileprivate var inOunces: Int128 { weight.stated(in: .ounce, rounded: .down).millionths }
}

extension SeededRandom {
    fileprivate mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<(count + 7) / 8).flatMap { _ in
            let word = next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }.prefix(count).map { $0 }
    }

    /// As clients send it.
    fileprivate mutating func uuid() -> String {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value >> (64 - UInt64(digits) * 4), radix: 16)
            return String(repeating: "0", count: digits - text.utf8.count) + text
        }
        return [hex(next(), 8), hex(next(), 4), "4" + hex(next(), 3), "a" + hex(next(), 3), hex(next(), 12)]
            .joined(separator: "-")
    }
}
