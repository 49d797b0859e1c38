import Orders
import TestSupport

extension FuzzTarget {
    /// The body of a webhook from the house, and what it does to an order.
    static let shippingUpdate = FuzzTarget(
        "shipping-update",
        seeds: [
            #"{"type":"package.updated","timestamp":"2026-09-21T14:13:20.000Z","data":{"order_number":"4829-1504-75","package":{"id":"P1","carrier":"usps","tracking_number":"9400","tracking_url":null,"status":"in_transit","items":[{"sku":"A","quantity":5}],"occurred_at":"2026-09-21T14:00:00Z","message":"m","location":"l"}}}"#,
            #"{"type":"order.backordered","timestamp":"2026-09-21T14:13:20.000Z","data":{"order_number":"1","items":[{"sku":"A","quantity":1}],"expected_at":"soon"}}"#,
            #"{"type":"order.cancelled","data":{"order_number":"1","reason":"r","items":[{"sku":"B","quantity":2}]}}"#,
            #"{"type":"order.acknowledged","data":{"order_number":"1","house_reference":"H"}}"#,
            #"{"type":"order.rejected","data":{"order_number":"1","reason":"r"}}"#, #"{"type":"x","data":7}"#,
            // The same title twice, in sums that have no end.
            #"{"type":"package.updated","data":{"order_number":"1","package":{"id":"P","status":"delivered","items":["#
                + #"{"sku":"A","quantity":9223372036854775807},{"sku":"A","quantity":1}]}}}"#,
        ],
        words: [
            #""delivered""#, #""returned""#, #""cancelled""#, #""unknown""#, #""order.cancellation_refused""#,
            #"{"sku":"A","quantity":9223372036854775807},"#, #""quantity":9223372036854775807"#,
            #""9999-12-31T23:59:59.999Z""#, #""0000-01-01T00:00:00Z""#, "null",
        ]
    ) { bytes in
        let now = SampleOrders.start
        guard let update = try? ShippingUpdate.read(bytes, id: "msg_1", receivedAt: now) else { return }
        let order = SampleOrders.order()
        let once = order.applying(update, at: now)
        let twice = once.order.applying(update, at: now)
        try require(twice.order.status == once.order.status, "the same message twice gives another status")
        try require(twice.history.isEmpty, "the same message twice leaves a second trace")
        try require(once.order.number == order.number && once.order.lines == order.lines, "a message changed the order")
        // What came before must not matter to where it ends.
        let other = SampleOrders.tracked(order.number, .outForDelivery, second: 5, items: SampleOrders.items(of: order))
        let after = once.order.applying(other, at: now).order.status
        let before = order.applying(other, at: now).order.applying(update, at: now).order.status
        try require(after == before, "\(after) one way, \(before) the other")
    }
}
