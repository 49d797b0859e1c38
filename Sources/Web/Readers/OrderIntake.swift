import Fulfillment
import Logging
import Orders
import Tracing

/// Draws an identity for a valid order and has it placed; the API and the pages take orders through this one.
struct OrderIntake: Sendable {
    /// A number is taken about once in a billion orders per order there is; that often in a row is a fault.
    private static let drawsAtMost = 8

    private let store: any Store
    private let clock: any Clock
    private let logger: Logger
    private let meter: RequestMeter
    private let tracer: any Tracer

    init(_ parts: WebParts) {
        store = parts.store
        clock = parts.clock
        logger = parts.logger
        meter = parts.meter
        tracer = parts.tracer
    }

    /// - Returns: never `identityTaken`.
    func place(_ draft: OrderDraft, key: IdempotencyKey?, _ context: WebContext) async throws -> Placement {
        let span: any Span = tracer.startSpan("store.place", context: context.instrumentation)
        defer { span.end() }
        for _ in 0..<Self.drawsAtMost {
            let now = clock.now
            let order = draft.order(as: .random(at: now), at: now)
            let event = OutboxEvent.placed(order, id: .draw(at: now), at: now, trace: context.trace)
            let placement = try await store.place(order, announcing: event, key: key)
            if case .identityTaken = placement { continue }
            if case .placed = placement { report(event, context) }
            return placement
        }
        throw Problem.unavailable("No order number could be drawn. Please try again.")
    }

    /// It is on the disk.
    private func report(_ event: OutboxEvent, _ context: WebContext) {
        meter.placedOrder()
        logger.debug(
            "committed",
            metadata: [
                "webhook_id": "\(event.id)", "request_id": "\(context.requestID)",
                "traceparent": "\(context.trace?.traceparent ?? "none")",
            ])
    }
}
