import Orders

/// An order and its announcement as they will be written, worked out before the writer's turn: what needs no look into
/// the file must not keep other callers waiting.
struct NewOrder: Sendable {
    let order: Order
    let event: OutboxEvent
    let lines: String
    let fingerprint: Int64
    let status: OrderStatus
    let flags: [OrderFlag]

    init(_ order: Order, announcedBy event: OutboxEvent) {
        self.order = order
        self.event = event
        lines = LinesText.encode(order.lines)
        fingerprint = Fingerprint.of(order)
        (status, flags) = order.statusAndFlags
    }
}
