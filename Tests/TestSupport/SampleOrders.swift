package import Orders

/// Orders, events and messages that tests start from. Every order is drawn anew: number, token and key are its own.
package enum SampleOrders {
    package static let start = Timestamp(milliseconds: 1_790_000_000_000)
    package static let limit = StatedWeight(millionths: 20_000_000, unit: .pound)

    package static func title(_ sku: String, ounces: Int = 3, available: Bool = true) -> Title {
        Title(
            sku: sku, title: "Frankly Speaking About Cancer: \(sku)", language: "en", format: "booklet",
            description: nil, unitWeight: StatedWeight(millionths: Int128(ounces) * 1_000_000, unit: .ounce),
            maxQuantity: 100, available: available, pdfURL: nil)
    }

    package static func shipTo(
        name: String = "Ana María Núñez", organization: String? = nil, line1: String = "1 Main St",
        city: String = "Springfield", phone: String? = nil
    ) -> ShipTo {
        ShipTo(
            name: name, organization: organization, line1: line1, line2: nil, city: city, region: "IL",
            postalCode: "62701", country: "US", phone: phone)
    }

    /// - Parameter lines: SKUs and quantities.
    package static func order(
        at now: Timestamp = start, to shipTo: ShipTo = shipTo(), email: String? = nil,
        lines: KeyValuePairs<String, Int> = ["A": 5, "B": 2], numbered number: OrderNumber? = nil
    ) -> Order {
        let identity = OrderIdentity.random(at: now)
        return Order(
            id: identity.id, number: number ?? identity.number, statusToken: identity.token, placedAt: now,
            updatedAt: now,
            lines: lines.map { LineItem(title($0.key), quantity: $0.value) }, weightLimit: limit, shipTo: shipTo,
            email: email, requesterType: .patient, language: .english, notes: nil, reshipOf: nil, facts: OrderFacts())
    }

    package static func announcement(of order: Order) -> OutboxEvent {
        .placed(order, id: .draw(at: order.placedAt), at: order.placedAt)
    }

    package static func receipt(
        _ id: String, at now: Timestamp = start, digest: [UInt8] = Array(repeating: 1, count: 32)
    ) -> WebhookReceipt {
        WebhookReceipt(id: id, digest: digest, bytes: Array("{}".utf8), at: now)
    }

    /// A tracking update, some seconds after `start`.
    package static func tracked(
        _ order: OrderNumber?, _ status: PackageStatus, second: Int64, package: String = "P1",
        carrier: String? = "usps", tracking: String? = "9400 1000-0000 01", items: [ItemCount]? = nil
    ) -> ShippingUpdate {
        let at = start.adding(seconds: second)
        return ShippingUpdate(
            id: "\(package) \(status) \(second)", type: "package.updated", orderNumber: order?.description, sentAt: at,
            content: .package(
                PackageUpdate(
                    packageID: package, carrier: carrier, trackingNumber: tracking, trackingURL: nil, status: status,
                    items: items, occurredAt: at, receivedAt: at, message: "scanned", location: "Chicago, IL")))
    }

    /// A message about the order as a whole, some seconds after `start`.
    package static func said(
        _ content: HouseMessage.Content, of order: OrderNumber?, second: Int64, type: String = "order.said"
    ) -> ShippingUpdate {
        ShippingUpdate(
            id: "\(content) \(second)", type: type, orderNumber: order?.description,
            sentAt: start.adding(seconds: second),
            content: .message(content))
    }

    /// All lines of an order as the content of one parcel.
    package static func items(of order: Order) -> [ItemCount] {
        order.lines.map { ItemCount(sku: $0.sku, quantity: $0.quantity) }
    }
}
