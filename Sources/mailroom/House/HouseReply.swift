import Orders

/// One message of the house: when it goes out, and its exact bytes.
struct HouseReply: Sendable, Hashable {
    /// Its `webhook-id`: a message sent twice has one id.
    let id: String
    let orderNumber: String
    /// For the printed line: `package.updated in_transit`.
    let summary: String
    let body: [UInt8]
    /// It speaks of a parcel that has not left the house.
    let isBeforeShipping: Bool
    /// The parcel it speaks of; nil when it speaks of the order.
    let packageID: String?
    var dueAt: Timestamp

    static func acknowledged(_ order: HouseOrder, reference: String, id: String, at: Timestamp) -> HouseReply {
        HouseReply(
            id: id, orderNumber: order.number, summary: "order.acknowledged",
            body: envelope("order.acknowledged", at) {
                $0.field("order_number", order.number)
                $0.field("house_reference", reference)
            },
            isBeforeShipping: false, packageID: nil, dueAt: at)
    }

    /// Names no items: whatever was not shipped.
    static func cancelled(orderNumber: String, id: String, at: Timestamp) -> HouseReply {
        HouseReply(
            id: id, orderNumber: orderNumber, summary: "order.cancelled",
            body: envelope("order.cancelled", at) {
                $0.field("order_number", orderNumber)
                $0.field("reason", "Cancelled as you asked.")
            },
            isBeforeShipping: false, packageID: nil, dueAt: at)
    }

    static func updated(
        _ parcel: HouseParcel, of order: HouseOrder, to status: PackageStatus, message: String, id: String,
        at: Timestamp
    ) -> HouseReply {
        HouseReply(
            id: id, orderNumber: order.number, summary: "package.updated \(parcel.id) \(status.rawValue)",
            body: envelope("package.updated", at) {
                $0.field("order_number", order.number)
                $0.object("package") {
                    $0.field("id", parcel.id)
                    $0.field("carrier", parcel.carrier)
                    $0.field("tracking_number", parcel.trackingNumber)
                    $0.field("tracking_url", "https://tracking.example.org/\(parcel.trackingNumber)")
                    $0.field("status", status.rawValue)
                    $0.array("items", parcel.items) { item, json in
                        json.object {
                            $0.field("sku", item.sku)
                            $0.field("quantity", item.quantity)
                        }
                    }
                    $0.field("occurred_at", at)
                    $0.field("message", message)
                    $0.field("location", nil as String?)
                }
            },
            isBeforeShipping: !status.wasShipped, packageID: parcel.id, dueAt: at)
    }

    private static func envelope(
        _ type: String, _ at: Timestamp, _ data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.field("type", type)
            $0.field("timestamp", at)
            $0.object("data", data)
        }
        return json.bytes
    }
}

/// One parcel as the house packs it.
struct HouseParcel: Sendable, Hashable {
    let id: String
    let carrier: String
    let trackingNumber: String
    let items: [ItemCount]
}
