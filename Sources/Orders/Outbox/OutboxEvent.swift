/// Something the house is told, written in the transaction of what it announces. Its bytes never change.
package struct OutboxEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case orderPlaced = "order.placed"
        case cancellationRequested = "order.cancellation_requested"
    }

    /// Outside: the `webhook-id`, the same on every attempt.
    package let id: EventID
    package let kind: Kind
    package let orderID: OrderID
    package let at: Timestamp
    /// The exact body of the request.
    package let payload: [UInt8]
    /// What caused it; kept beside the bytes, never in them.
    package var trace: TraceContext?

    private init(id: EventID, kind: Kind, order: Order, at: Timestamp, replaces: EventID?, reason: String?) {
        self.id = id
        self.kind = kind
        orderID = order.id
        self.at = at
        payload = Self.encode(kind, order, at: at, replaces: replaces, reason: reason)
    }

    /// - Parameters:
    ///   - replaces: the event that this one stands for: the house forgets what that one said.
    ///   - trace: the request that places the order.
    package static func placed(
        _ order: Order, id: EventID, at: Timestamp, replaces: EventID? = nil, trace: TraceContext? = nil
    ) -> OutboxEvent {
        var event = OutboxEvent(id: id, kind: .orderPlaced, order: order, at: at, replaces: replaces, reason: nil)
        event.trace = trace
        return event
    }

    package static func cancellationRequested(
        _ order: Order, id: EventID, at: Timestamp, reason: String?
    ) -> OutboxEvent {
        OutboxEvent(id: id, kind: .cancellationRequested, order: order, at: at, replaces: nil, reason: reason)
    }

    private static func encode(
        _ kind: Kind, _ order: Order, at: Timestamp, replaces: EventID?, reason: String?
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 1024)
        json.object {
            $0.field("type", kind.rawValue)
            $0.field("timestamp", at)
            $0.object("data") {
                $0.object("order") {
                    $0.field("number", order.number.description)
                    $0.field("placed_at", order.placedAt)
                    $0.array("items", order.lines) { line, json in json.object { line.writeMembers(to: &$0) } }
                    $0.field("total_weight", order.statedTotalWeight)
                    $0.name("ship_to")
                    order.shipTo.write(to: &$0)
                    $0.field("requester_type", order.requesterType.rawValue)
                    $0.field("language", order.language.rawValue)
                    $0.field("notes", order.notes)
                    if let replaces { $0.field("replaces", replaces.description) }
                }
                if kind == .cancellationRequested { $0.field("reason", reason) }
            }
        }
        return json.bytes
    }
}
