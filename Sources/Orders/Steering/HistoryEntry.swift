/// One row of an order's history: a change of status, or an action. Nothing of the reader's; what staff said of a hold is
/// forgotten with the order's personal data.
package struct HistoryEntry: Sendable, Hashable {
    package static let slipPrinted = "slip.printed"

    package let at: Timestamp
    package let actor: Actor
    /// `order.placed`, `order.held`, `package.updated`, `address.changed`, …
    package let event: String
    /// Nil for the placing itself.
    package let from: OrderStatus?
    package let to: OrderStatus
    package let detail: String?

    package init(
        at: Timestamp, actor: Actor, event: String, from: OrderStatus?, to: OrderStatus, detail: String? = nil
    ) {
        self.at = at
        self.actor = actor
        self.event = event
        self.from = from
        self.to = to
        self.detail = detail
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("at", at)
            $0.field("actor", actor.text)
            $0.field("event", event)
            $0.field("from", from?.rawValue)
            $0.field("to", to.rawValue)
            $0.field("detail", detail)
        }
    }
}
