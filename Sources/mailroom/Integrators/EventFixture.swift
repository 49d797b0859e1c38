import Foundation
import Orders

/// A made-up event of each type, to try a receiver with: the shapes of the contract, with nobody's data.
enum EventFixture: String, Sendable, CaseIterable {
    case orderPlaced = "order.placed"
    case cancellationRequested = "order.cancellation_requested"
    case acknowledged = "order.acknowledged"
    case rejected = "order.rejected"
    case backordered = "order.backordered"
    case cancelled = "order.cancelled"
    case cancellationRefused = "order.cancellation_refused"
    case packageUpdated = "package.updated"

    var direction: WebhookDirection {
        switch self {
        case .orderPlaced, .cancellationRequested: .outbound
        default: .inbound
        }
    }

    /// An order number that passes its check digit and, most likely, no order has.
    static let orderNumber = "4829-1504-75"

    static func randomID() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return "msg_" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// - Parameters:
    ///   - order: the number of the order it is about.
    ///   - time: when it happened.
    func body(order: String, at time: Timestamp) -> JSONValue {
        Self.object([
            ("type", .string(rawValue)), ("timestamp", .string(time.description)),
            ("data", data(order: order, at: time)),
        ])
    }

    /// What usually happens before it; nil when nothing does. For an event that arrives after its successor.
    func predecessor(order: String, at time: Timestamp) -> JSONValue? {
        switch self {
        case .orderPlaced, .acknowledged: return nil
        case .cancellationRequested: return EventFixture.orderPlaced.body(order: order, at: time)
        case .packageUpdated:
            let body = EventFixture.packageUpdated.body(order: order, at: time)
            guard let path = JSONPath("data.package.status"), let message = JSONPath("data.package.message"),
                let earlier = path.setting(.string(PackageStatus.inTransit.rawValue), in: body)
            else { return nil }
            return message.setting(.string("Picked up by the carrier."), in: earlier)
        case .cancelled, .cancellationRefused, .rejected, .backordered:
            return EventFixture.acknowledged.body(order: order, at: time)
        }
    }

    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { .init(name: $0.0, value: $0.1) })
    }

    private static let items = JSONValue.array([
        object([("sku", .string("FSAC-NET-EN")), ("quantity", .number("5"))])
    ])

    private func data(order: String, at time: Timestamp) -> JSONValue {
        let number: [(String, JSONValue)] = [("order_number", .string(order))]
        switch self {
        case .orderPlaced: return Self.object([("order", Self.order(order, at: time))])
        case .cancellationRequested:
            return Self.object([("order", Self.order(order, at: time)), ("reason", .string("Ordered by mistake."))])
        case .acknowledged: return Self.object(number + [("house_reference", .string("H-100001"))])
        case .rejected: return Self.object(number + [("reason", .string("The address cannot be delivered to."))])
        case .backordered:
            let expected = time.adding(seconds: 14 * 86_400).description.prefix(10)
            return Self.object(number + [("items", Self.items), ("expected_at", .string(String(expected)))])
        case .cancelled: return Self.object(number + [("reason", .string("Cancelled as asked."))])
        case .cancellationRefused: return Self.object(number + [("reason", .string("It is packed already."))])
        case .packageUpdated:
            let package: [(String, JSONValue)] = [
                ("id", .string("parcel-1")), ("carrier", .string("USPS")),
                ("tracking_number", .string("9400100000000000000001")),
                ("tracking_url", .string("https://tracking.example.org/9400100000000000000001")),
                ("status", .string(PackageStatus.delivered.rawValue)), ("items", Self.items),
                ("occurred_at", .string(time.description)), ("message", .string("Delivered.")),
                ("location", .string("Springfield, IL")),
            ]
            return Self.object(number + [("package", Self.object(package))])
        }
    }

    private static func order(_ number: String, at time: Timestamp) -> JSONValue {
        let ounces = { (value: String) in
            object([("value", .number(value)), ("unit", .string("oz"))])
        }
        let line = object([
            ("sku", .string("FSAC-NET-EN")), ("title", .string("Frankly Speaking About Cancer: A Sample")),
            ("language", .string("en")), ("quantity", .number("5")), ("unit_weight", ounces("3.2")),
            ("weight", ounces("16")),
        ])
        return object([
            ("number", .string(number)), ("placed_at", .string(time.description)), ("items", .array([line])),
            ("total_weight", object([("value", .number("1")), ("unit", .string("lb"))])),
            ("ship_to", sampleAddress), ("requester_type", .string("patient")), ("language", .string("en")),
            ("notes", .null),
        ])
    }

    /// Nobody's: stands in for every real name and address.
    static let sampleAddress = object([
        ("name", .string("Sample Reader")), ("organization", .null), ("line1", .string("1 Example Street")),
        ("line2", .null), ("city", .string("Springfield")), ("region", .string("IL")),
        ("postal_code", .string("62701")), ("country", .string("US")), ("phone", .null),
    ])
}
