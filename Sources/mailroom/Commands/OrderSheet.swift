import Orders

/// One order as `orders show` prints it for people.
struct OrderSheet: Sendable {
    private let detail: OrderDetail
    private let local: LocalTime

    init(_ detail: OrderDetail, local: LocalTime) {
        self.detail = detail
        self.local = local
    }

    var text: String {
        [head, items, parcels, deliveries, history].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var order: Order { detail.order }

    private var head: String {
        let to = order.shipTo
        let place = "\(to.city), \(to.region) \(to.postalCode), \(to.country)"
        let lines = [to.name, to.organization, to.line1, to.line2, place].compactMap { $0 }
        var rows = [
            ("order", order.number.description), ("status", order.status.rawValue),
            ("placed", local.text(order.placedAt) + " " + local.zone(at: order.placedAt)),
            ("weight", "\(order.statedTotalWeight) of \(order.weightLimit)"),
        ]
        if let erasedAt = order.facts.erasedAt {
            rows.append(("personal data", "erased \(erasedAt)"))
        } else {
            rows.append(("ship to", lines.joined(separator: " / ")))
        }
        if !order.flags.isEmpty { rows.append(("flags", order.flags.map(\.rawValue).joined(separator: ", "))) }
        if let hold = order.facts.hold { rows.append(("on hold", hold.reason)) }
        if let reference = order.houseReference { rows.append(("house's reference", reference)) }
        return rows.map { name, value in
            name + String(repeating: " ", count: max(1, 20 - name.count)) + TextTable.printable(value) + "\n"
        }.joined()
    }

    private var items: String {
        let rows = zip(order.lines, order.quantities).map { line, counts in
            [
                line.sku, "\(line.quantity)", "\(counts.shipped)", "\(counts.delivered)", "\(counts.cancelled)",
                line.title,
            ]
        }
        return TextTable(headings: ["sku", "ordered", "shipped", "delivered", "cancelled", "title"], rows: rows).text
    }

    private var parcels: String {
        guard !order.parcels.isEmpty else { return "" }
        let rows = order.parcels.map { [$0.id, $0.status.rawValue, $0.carrier ?? "", $0.trackingNumber ?? ""] }
        return TextTable(headings: ["parcel", "status", "carrier", "tracking number"], rows: rows).text
    }

    private var deliveries: String {
        guard !detail.deliveries.isEmpty else { return "" }
        let rows = detail.deliveries.map { delivery in
            let last = delivery.attempts.last
            let end = last?.status.map(String.init) ?? last?.error ?? ""
            return [
                delivery.id.description, delivery.kind.rawValue, delivery.state.rawValue,
                "\(delivery.attempts.count)", end,
            ]
        }
        return TextTable(headings: ["delivery", "event", "state", "attempts", "last"], rows: rows).text
    }

    private var history: String {
        let rows = detail.history.map { entry in
            [
                local.text(entry.at, withSeconds: true), entry.actor.text, entry.event, entry.to.rawValue,
                entry.detail ?? "",
            ]
        }
        return TextTable(headings: ["at", "by", "what", "status", "detail"], rows: rows).text
    }
}
