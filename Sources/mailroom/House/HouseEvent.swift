import Orders

/// What the house reads in a delivery. It takes no notice of the address: a simulation needs none.
enum HouseEvent: Sendable, Hashable {
    case orderPlaced(HouseOrder)
    case cancellationRequested(orderNumber: String)
    /// A type that this house does not know: taken, and nothing done.
    case unknown(type: String)

    /// Nil when the body is not an event.
    static func read(_ body: [UInt8]) -> HouseEvent? {
        guard let json = try? JSONReader.read(body), let type = json["type"]?.stringValue else { return nil }
        let order = json["data"]?["order"]
        switch OutboxEvent.Kind(rawValue: type) {
        case .orderPlaced:
            guard let number = order?["number"]?.stringValue, let items = order?["items"]?.arrayValue else {
                return nil
            }
            let lines = items.compactMap(HouseOrder.Line.init)
            guard lines.count == items.count, !lines.isEmpty else { return nil }
            return .orderPlaced(HouseOrder(number: number, lines: lines))
        case .cancellationRequested:
            return order?["number"]?.stringValue.map { .cancellationRequested(orderNumber: $0) }
        case nil:
            return .unknown(type: type)
        }
    }

    /// What the house prints: the number and the titles, nothing of the person.
    var summary: String {
        switch self {
        case .orderPlaced(let order):
            "order.placed \(order.number): "
                + order.lines.map { "\($0.quantity) × \(TextTable.printable($0.title))" }.joined(separator: ", ")
        case .cancellationRequested(let number): "order.cancellation_requested \(number)"
        case .unknown(let type): "\(TextTable.printable(type)), which this house does not know"
        }
    }
}

/// What the house packs.
struct HouseOrder: Sendable, Hashable {
    struct Line: Sendable, Hashable {
        let sku: String
        let title: String
        let quantity: Int

        init(sku: String, title: String, quantity: Int) {
            self.sku = sku
            self.title = title
            self.quantity = quantity
        }

        init?(_ json: JSONValue) {
            guard let sku = json["sku"]?.stringValue, let title = json["title"]?.stringValue,
                let quantity = json["quantity"]?.intValue, quantity > 0
            else { return nil }
            self.init(sku: sku, title: title, quantity: quantity)
        }
    }

    let number: String
    let lines: [Line]

    var copies: Int { lines.reduce(0) { $0 + $1.quantity } }
}
