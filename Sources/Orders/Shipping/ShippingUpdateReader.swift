extension ShippingUpdate {
    /// Reads the body of a webhook from the house, `{"type", "timestamp", "data"}` (contract §6).
    ///
    /// A type or a package status that we do not know is no error, whatever stands beside it: it comes back as
    /// `.unknown`.
    /// - Parameters:
    ///   - id: its `webhook-id`.
    ///   - receivedAt: now; stands in for a missing `timestamp`, so that messages without one count in the order in
    ///     which they came. (The signed header has seconds only.)
    /// - Throws: `MalformedRequest` with every problem; nothing of it is stored then.
    package static func read(
        _ bytes: [UInt8], id: String, receivedAt: Timestamp
    ) throws(MalformedRequest) -> ShippingUpdate {
        let json: JSONValue
        do {
            json = try JSONReader.read(bytes)
        } catch {
            throw MalformedRequest(problems: [
                FieldProblem("", "invalid_json", "not JSON at byte \(error.offset): \(error.reason)")
            ])
        }
        var message = MessageReader(id: id, receivedAt: receivedAt)
        let update = message.read(json)
        // What we do not understand is kept for staff, not judged.
        if case .unknown = update.content, !update.type.isEmpty { return update }
        try message.fields.finish()
        return update
    }
}

private struct MessageReader {
    let id: String
    let receivedAt: Timestamp
    var fields = FieldReader()

    init(id: String, receivedAt: Timestamp) {
        self.id = id
        self.receivedAt = receivedAt
    }

    mutating func read(_ json: JSONValue) -> ShippingUpdate {
        fields.root(json)
        let type = fields.string(json, "type", at: "")
        if type == nil { fields.missing("/type", "say what happened, such as package.updated") }
        let sentAt = timestamp(json, "timestamp", at: "") ?? receivedAt
        let known = Self.types.contains(type ?? "")
        // Of an unknown type nothing is expected: its data may have any shape.
        guard let type, known else {
            let number = json["data"]?["order_number"]?.stringValue
            return ShippingUpdate(
                id: id, type: type ?? "", orderNumber: number, sentAt: sentAt, content: .unknown(reason: "unknown type")
            )
        }
        let data = fields.object(json, "data", at: "")
        if data == nil { fields.missing("/data", "is missing") }
        let number = fields.string(data, "order_number", at: "/data")
        let content = content(type, data, sentAt: sentAt)
        if number == nil && (type != "package.updated" || !content.hasTracking) {
            fields.missing("/data/order_number", "is missing")
        }
        return ShippingUpdate(id: id, type: type, orderNumber: number, sentAt: sentAt, content: content)
    }

    static let types: Set<String> = [
        "order.acknowledged", "order.rejected", "order.backordered", "order.cancelled", "order.cancellation_refused",
        "package.updated",
    ]

    private mutating func content(_ type: String, _ data: JSONValue?, sentAt: Timestamp) -> ShippingUpdate.Content {
        let reason = fields.string(data, "reason", at: "/data")
        switch type {
        case "order.acknowledged":
            return .message(.acknowledged(houseReference: fields.string(data, "house_reference", at: "/data")))
        case "order.rejected": return .message(.rejected(reason: reason ?? "no reason given"))
        case "order.backordered":
            let items = items(data, at: "/data")
            if items == nil { fields.missing("/data/items", "say which titles, and how many of each") }
            let expectedAt = fields.string(data, "expected_at", at: "/data")
            return .message(.backordered(items: items ?? [], expectedAt: expectedAt))
        case "order.cancelled": return .message(.cancelled(reason: reason, items: items(data, at: "/data")))
        case "order.cancellation_refused":
            return .message(.cancellationRefused(reason: reason, items: items(data, at: "/data")))
        default: return package(data, sentAt: sentAt)
        }
    }

    private mutating func package(_ data: JSONValue?, sentAt: Timestamp) -> ShippingUpdate.Content {
        let pointer = "/data/package"
        let package = fields.object(data, "package", at: "/data")
        if package == nil { fields.missing(pointer, "is missing") }
        let id = fields.string(package, "id", at: pointer)
        if id?.isEmpty ?? true, package != nil { fields.missing("\(pointer)/id", "is missing") }
        let word = fields.string(package, "status", at: pointer)
        if word == nil && package != nil { fields.missing("\(pointer)/status", "is missing") }
        let carrier = fields.string(package, "carrier", at: pointer)
        let trackingNumber = fields.string(package, "tracking_number", at: pointer)
        let trackingURL = fields.string(package, "tracking_url", at: pointer)
        let items = items(package, at: pointer)
        let occurredAt = timestamp(package, "occurred_at", at: pointer) ?? sentAt
        let message = fields.string(package, "message", at: pointer)
        let location = fields.string(package, "location", at: pointer)
        guard let status = word.map(PackageStatus.init) ?? .unknown else {
            return .unknown(reason: "unknown package status")
        }
        return .package(
            PackageUpdate(
                packageID: id ?? "", carrier: carrier, trackingNumber: trackingNumber, trackingURL: trackingURL,
                status: status, items: items, occurredAt: occurredAt, receivedAt: receivedAt, message: message,
                location: location))
    }

    private mutating func items(_ object: JSONValue?, at pointer: String) -> [ItemCount]? {
        guard let values = fields.array(object, "items", at: pointer) else { return nil }
        return values.enumerated().compactMap { index, value in
            let here = "\(pointer)/items/\(index)"
            guard case .object = value else {
                fields.wrongType(here, value, expected: "an object with sku and quantity")
                return nil
            }
            let sku = fields.string(value, "sku", at: here)
            let quantity = fields.integer(value, "quantity", at: here)
            if sku == nil { fields.missing("\(here)/sku", "is missing") }
            if quantity == nil { fields.missing("\(here)/quantity", "is missing") }
            if let quantity, quantity < 0 { fields.malformed("\(here)/quantity", "out_of_range", "is negative") }
            guard let sku, let quantity else { return nil }
            return ItemCount(sku: sku, quantity: quantity)
        }
    }

    private mutating func timestamp(_ object: JSONValue?, _ name: String, at pointer: String) -> Timestamp? {
        guard let text = fields.string(object, name, at: pointer) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            fields.malformed("\(pointer)/\(name)", "invalid_time", "must be an RFC 3339 time")
            return nil
        }
        return time
    }
}

extension ShippingUpdate.Content {
    /// Names a parcel by carrier and tracking number, so that its order may be found without a number.
    fileprivate var hasTracking: Bool {
        switch self {
        case .package(let update): update.trackingNumber != nil
        case .unknown: true
        case .message: false
        }
    }
}
