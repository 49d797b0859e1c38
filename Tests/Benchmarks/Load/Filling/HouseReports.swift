import Orders

/// What the house tells of a planned order.
struct HouseReports {
    private let planned: PlannedOrder
    private var random: SeededRandom
    /// Not in the future: the last orders' parcels were quick.
    private let end: Timestamp

    init(_ planned: PlannedOrder, _ plan: FillPlan) {
        self.planned = planned
        random = SeededRandom(seed: plan.seed &+ 100, index: planned.index)
        end = plan.end
    }

    private func after(hours: Int64) -> Timestamp {
        min(end, planned.order.placedAt.adding(seconds: hours * 3600))
    }

    /// In the order in which they come; empty for an order that the house says nothing of.
    mutating func all() -> [(update: ShippingUpdate, receipt: WebhookReceipt)] {
        var reports: [(ShippingUpdate, WebhookReceipt)] = []
        if let (type, message) = message { reports.append(report(type, .message(message), at: after(hours: 5))) }
        if let status = planned.fate.packageStatus(&random) {
            let at = after(hours: status == .preTransit ? 8 : 24 + Int64(random.next() % 96))
            reports.append(report("package.updated", .package(package(status, at: at)), at: at))
        }
        return reports
    }

    private var message: (String, HouseMessage.Content)? {
        switch planned.fate {
        case .rejected: ("order.rejected", .rejected(reason: "the address cannot be found"))
        case .cancelledByHouse: ("order.cancelled", .cancelled(reason: "out of print", items: nil))
        case .backordered:
            (
                "order.backordered",
                .backordered(
                    items: planned.order.lines.prefix(1).map { ItemCount(sku: $0.sku, quantity: $0.quantity) },
                    expectedAt: "2027-03-01")
            )
        default: nil
        }
    }

    private mutating func report(
        _ type: String, _ content: ShippingUpdate.Content, at time: Timestamp
    ) -> (ShippingUpdate, WebhookReceipt) {
        let id = "evt_\(planned.order.number.value)_\(type)"
        let update = ShippingUpdate(
            id: id, type: type, orderNumber: planned.order.number.description, sentAt: time, content: content)
        let digest = (0..<4).flatMap { _ in
            let word = random.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
        return (update, WebhookReceipt(id: id, digest: digest, bytes: [], at: time))
    }

    private mutating func package(_ status: PackageStatus, at time: Timestamp) -> PackageUpdate {
        let (carrier, tracking) = tracking()
        let order = planned.order
        return PackageUpdate(
            packageID: "PKG-\(order.number.value)", carrier: carrier, trackingNumber: tracking,
            trackingURL: "https://track.example.com/\(carrier)/\(tracking)", status: status, items: items,
            occurredAt: time, receivedAt: time, message: status == .delivered ? "Delivered, front door" : "Scanned",
            location: "\(order.shipTo.city), \(order.shipTo.region)")
    }

    private var items: [ItemCount] {
        let items = planned.order.lines.map { ItemCount(sku: $0.sku, quantity: $0.quantity) }
        return switch planned.fate {
        case .partiallyShipped: Array(items.prefix(1))
        case .quantityMismatch: items.map { ItemCount(sku: $0.sku, quantity: $0.quantity + 1) }
        default: items
        }
    }

    /// Four in five are digits alone; the others have letters.
    private mutating func tracking() -> (carrier: String, number: String) {
        let digits = String(1_000_000_000_000_000_000 + random.next() % 8_000_000_000_000_000_000)
        if random.chance(percent: 20) { return ("ups", "1Z999AA1\(digits.suffix(10))") }
        return ("usps", "940\(digits)")
    }

    /// The tracking number of its parcel; nil when it has none.
    mutating func trackingNumber() -> String? {
        for (update, _) in all() {
            if case .package(let package) = update.content { return package.trackingNumber }
        }
        return nil
    }
}
