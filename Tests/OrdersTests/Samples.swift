import Orders

/// Values that several suites of this target start from.
enum Sample {
    static let now = Timestamp(milliseconds: 1_790_000_000_000)
    static let limit = StatedWeight(millionths: 20_000_000, unit: .pound)
    static let rules = OrderRules(weightLimit: limit, countries: ["US"])

    static func title(_ sku: String, _ weight: String = "3.2 oz", max: Int = 100, available: Bool = true) -> Title {
        Title(
            sku: sku, title: "Title \(sku)", language: "en", format: "booklet", description: nil,
            unitWeight: StatedWeight(parsing: weight)!, maxQuantity: max, available: available, pdfURL: nil)
    }

    static let catalog = Catalog(
        titles: [
            title("A"), title("B", "6.4 oz", max: 50), title("C", "0.1 lb", max: 1000), title("OUT", available: false),
        ], version: 1)

    static let shipTo = ShipTo(
        name: "Ana María Núñez", organization: nil, line1: "1 Main St", line2: nil, city: "Springfield", region: "IL",
        postalCode: "62701", country: "US", phone: nil)

    static func order(_ lines: [(String, Int)] = [("A", 5), ("B", 2)]) -> Order {
        let id = OrderID(value: OrderID.lowest(at: now))
        return Order(
            id: id, number: OrderNumber(serial: 482_915_047),
            statusToken: StatusToken(orderID: id, secret: Array(repeating: 7, count: 16)), placedAt: now,
            updatedAt: now, lines: lines.map { LineItem(title($0.0), quantity: $0.1) }, weightLimit: limit,
            shipTo: shipTo, email: "ana@example.org", requesterType: .patient, language: .english, notes: nil,
            reshipOf: nil, facts: OrderFacts())
    }

    static func update(
        _ package: String = "P1", _ status: PackageStatus, minute: Int64, items: [(String, Int)]? = nil,
        receivedMinute: Int64? = nil
    ) -> PackageUpdate {
        PackageUpdate(
            packageID: package, carrier: "usps", trackingNumber: "94001", trackingURL: nil, status: status,
            items: items.map { $0.map { ItemCount(sku: $0.0, quantity: $0.1) } },
            occurredAt: now.adding(seconds: minute * 60),
            receivedAt: now.adding(seconds: (receivedMinute ?? minute) * 60), message: nil, location: nil)
    }

    static func tracked(_ update: PackageUpdate) -> ShippingUpdate {
        ShippingUpdate(
            id: "\(update.packageID) \(update.status) \(update.occurredAt)", type: "package.updated", orderNumber: nil,
            sentAt: update.occurredAt, content: .package(update))
    }

    /// - Parameter id: of its own for each content and minute, unless given.
    static func said(_ content: HouseMessage.Content, minute: Int64, id: String? = nil) -> ShippingUpdate {
        ShippingUpdate(
            id: id ?? "\(content) \(minute)", type: "order.said", orderNumber: nil,
            sentAt: now.adding(seconds: minute * 60),
            content: .message(content))
    }
}

extension Order {
    /// The order after these messages, in this order of arrival.
    func applying(all updates: [ShippingUpdate]) -> Order {
        updates.reduce(self) { $0.applying($1, at: Sample.now).order }
    }
}
