import Orders
import TestSupport
import Testing

@Suite struct ShippingUpdateReaderTests {
    private func read(_ text: String) throws(MalformedRequest) -> ShippingUpdate {
        try ShippingUpdate.read(Array(text.utf8), id: "w", receivedAt: Sample.now)
    }

    private func pointers(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch {
            return error.problems.map(\.pointer)
        }
    }

    @Test func aPackageIsReadWhole() throws {
        let update = try read(
            #"{"type":"package.updated","timestamp":"2026-09-21T14:00:00Z","data":{"order_number":"4829-1504-75","package":{"id":"P1","carrier":"usps","tracking_number":"94001","tracking_url":"https://x","status":"in_transit","items":[{"sku":"A","quantity":5}],"occurred_at":"2026-09-21T13:00:00Z","message":"m","location":"l"}}}"#
        )
        guard case .package(let package) = update.content else { return #expect(Bool(false)) }
        #expect(update.orderNumber == "4829-1504-75" && update.sentAt.description == "2026-09-21T14:00:00.000Z")
        #expect(
            package.items == [ItemCount(sku: "A", quantity: 5)]
                && package.occurredAt.description == "2026-09-21T13:00:00.000Z")
    }

    @Test func missingTimesAreTheEnvelopesOrThatOfTheReceipt() throws {
        let update = try read(
            #"{"type":"package.updated","data":{"order_number":"x","package":{"id":"P","status":"delivered"}}}"#)
        guard case .package(let package) = update.content else { return #expect(Bool(false)) }
        #expect(update.sentAt == Sample.now && package.occurredAt == Sample.now && package.items == nil)
    }

    @Test func whatHousesAddWithoutNoticeIsUnderstoodAsUnknown() throws {
        for text in [
            #"{"type":"order.teleported","data":[1]}"#,
            #"{"type":"package.updated","data":{"order_number":"x","package":{"id":"P","status":"beamed"}}}"#,
            #"{"type":"order.teleported","timestamp":1795914075}"#,
            #"{"type":"package.updated","timestamp":"soon","data":{"package":{"status":"beamed","occurred_at":5}}}"#,
        ] {
            guard case .unknown = try read(text).content else { return #expect(Bool(false)) }
        }
    }

    /// Without a time of their own, messages count in the order in which they came.
    @Test func ofTwoWithoutATimeTheLaterCounts() throws {
        let order = try [3, 1].enumerated().reduce(Sample.order()) { order, said in
            let text =
                #"{"type":"order.backordered","data":{"order_number":"x","items":[{"sku":"A","quantity":\#(said.element)}]}}"#
            let now = Timestamp(milliseconds: Sample.now.milliseconds + Int64(said.offset))
            let update = try ShippingUpdate.read(Array(text.utf8), id: "w\(said.offset)", receivedAt: now)
            return order.applying(update, at: now).order
        }
        #expect(order.quantities[0].backordered == 1)
    }

    @Test func everyProblemIsNamed() {
        #expect(pointers("{") == [""] && pointers("[]") == ["", "/type"] && pointers("{}") == ["/type"])
        #expect(pointers(#"{"type":"order.rejected"}"#) == ["/data", "/data/order_number"])
        #expect(pointers(#"{"type":"order.backordered","data":{"order_number":1}}"#).contains("/data/order_number"))
        #expect(
            pointers(
                #"{"type":"package.updated","timestamp":"yesterday","data":{"package":{"status":"delivered","occurred_at":5,"items":[{"sku":"A","quantity":-1},{"quantity":1.5},3]}}}"#
            ) == [
                "/timestamp", "/data/package/id", "/data/package/items/0/quantity", "/data/package/items/1/quantity",
                "/data/package/items/1/sku", "/data/package/items/1/quantity", "/data/package/items/2",
                "/data/package/occurred_at", "/data/order_number",
            ])
    }

    @Test(arguments: 0..<300) func damagedMessagesNeverCrash(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array(
            #"{"type":"package.updated","data":{"order_number":"4829-1504-75","package":{"id":"P1","status":"in_transit","items":[{"sku":"A","quantity":5}]}}}"#
                .utf8)
        for _ in 0..<3 {
            bytes[.random(in: 0..<bytes.count, using: &generator)] = .random(in: 32...126, using: &generator)
        }
        let update = try? ShippingUpdate.read(bytes, id: "w", receivedAt: Sample.now)
        if let update { _ = Sample.order().applying(update, at: Sample.now).order.status }
    }
}
