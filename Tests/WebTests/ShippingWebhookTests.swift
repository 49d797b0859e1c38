import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

/// `POST /v1/webhooks/shipping`.
struct ShippingWebhookTests {
    private static func acknowledged(_ number: String, reference: String = "H7") -> String {
        #"{"type":"order.acknowledged","timestamp":"2026-09-21T14:13:20Z","data":"#
            + #"{"order_number":"\#(number)","house_reference":"\#(reference)"}}"#
    }

    @Test func anUpdateIsAppliedOnceAndThenADuplicate() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let body = Self.acknowledged(order.number)
            let first = try await desk.house(body)
            #expect(first.status == 200)
            #expect(first.body == #"{"result":"applied"}"#)
            let second = try await desk.house(body)
            #expect(second.status == 200)
            #expect(second.body == #"{"result":"duplicate"}"#)
            let detail = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(detail.json["status"]?.stringValue == "submitted")
            #expect(detail.json["house_reference"]?.stringValue == "H7")
        }
    }

    @Test func whatChangesNothingIsIgnoredWithItsReason() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.house(Self.acknowledged(order.number))
            let again = try await desk.house(Self.acknowledged(order.number), id: "msg_2")
            #expect(again.status == 200)
            #expect(again.json["result"]?.stringValue == "ignored")
            #expect(again.json["reason"]?.stringValue?.isEmpty == false)
            for body in [
                #"{"type":"order.teleported","data":{"order_number":"\#(order.number)"}}"#,
                #"{"type":"package.updated","data":{"order_number":"\#(order.number)","package":{"id":"P","status":"beamed"}}}"#,
            ] {
                let unknown = try await desk.house(body, id: "msg_\(body.utf8.count)")
                #expect(unknown.status == 200)
                #expect(unknown.json["result"]?.stringValue == "ignored")
            }
        }
    }

    @Test(arguments: ["4829-1504-75", "PO-77", "4829-1504-76"])
    func anUpdateThatFitsNoOrderIsKept(number: String) async throws {
        try await Desk.open { desk in
            let answer = try await desk.house(Self.acknowledged(number))
            #expect(answer.status == 202)
            #expect(answer.body == #"{"result":"unmatched"}"#)
            let kept = try await desk.staff(.get, "/v1/staff/updates?matched=false")
            #expect(kept.column("order_number") == [number])
            #expect(kept.column("webhook_id") == ["msg_house_1"])
        }
    }

    @Test func theSameIDWithOtherBytesIsAConflict() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.house(Self.acknowledged(order.number))
            let other = try await desk.house(Self.acknowledged(order.number, reference: "H8"))
            #expect(other.status == 409)
            #expect(other.problem == "webhook-id-reused")
        }
    }

    @Test func whatIsNotProperlySignedIsRefusedAndNotStored() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let body = Self.acknowledged(order.number)
            let good = desk.signature(of: body)
            func without(_ name: String) -> HTTPFields {
                var headers = good
                headers[HTTPField.Name(name)!] = nil
                return headers
            }
            func adding(_ name: String, _ value: String?) -> HTTPFields {
                var headers = good
                headers.append(HTTPField(name: HTTPField.Name(name)!, value: value ?? good[HTTPField.Name(name)!]!))
                return headers
            }
            func replacing(_ name: String, _ value: String) -> HTTPFields {
                var headers = good
                headers[HTTPField.Name(name)!] = value
                return headers
            }
            let now = desk.clock.now
            let refused: [(String, HTTPFields)] = [
                ("no id", without("webhook-id")), ("no timestamp", without("webhook-timestamp")),
                ("no signature", without("webhook-signature")), ("nothing", [:]),
                ("id twice", adding("webhook-id", nil)), ("timestamp twice", adding("webhook-timestamp", nil)),
                ("signature twice", adding("webhook-signature", nil)),
                ("another id", replacing("webhook-id", "msg_other")),
                ("bad signature", replacing("webhook-signature", "v1,AAAA")),
                ("malformed time", replacing("webhook-timestamp", "now")),
                ("of another body", desk.signature(of: body + " ")),
                ("stale", desk.signature(of: body, at: now.adding(seconds: -301))),
                ("future", desk.signature(of: body, at: now.adding(seconds: 301))),
            ]
            for (what, headers) in refused {
                let answer = try await desk.post("/v1/webhooks/shipping", body, headers: headers)
                #expect(answer.status == 401, "\(what)")
                #expect(answer.problem == "invalid-signature", "\(what)")
            }
            // Re-serialised: the same JSON, other bytes.
            let spaced = body.replacing(",", with: ", ")
            #expect(try await desk.post("/v1/webhooks/shipping", spaced, headers: good).status == 401)
            let detail = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(detail.json["status"]?.stringValue == "placed")
            #expect(try await desk.staff(.get, "/v1/staff/updates").column("id") == [])
            #expect(try await desk.house(body).body == #"{"result":"applied"}"#)
        }
    }

    @Test(arguments: [
        "nonsense", "[]", #"{"data":{}}"#, #"{"type":"order.rejected"}"#,
        #"{"type":"package.updated","data":{"order_number":"4829-1504-75"}}"#,
        #"{"type":"order.backordered","data":{"order_number":"4829-1504-75","items":[{"sku":"A","quantity":1.5}]}}"#,
    ])
    func whatIsSignedButNotUnderstoodIsMalformed(body: String) async throws {
        try await Desk.open { desk in
            let answer = try await desk.house(body)
            #expect(answer.status == 400)
            #expect(answer.problem == "malformed-request")
            #expect(!answer.errors.isEmpty)
            #expect(try await desk.staff(.get, "/v1/staff/updates").column("id") == [])
        }
    }

    @Test func updatesInEveryOrderEndTheSame() async throws {
        let steps = [
            ("in_transit", "2026-09-21T10:00:00Z"), ("out_for_delivery", "2026-09-21T11:00:00Z"),
            ("delivered", "2026-09-21T12:00:00Z"),
        ]
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        try await Desk.open { desk in
            for (round, order) in orders.enumerated() {
                let placed = try await desk.place(name: "Reader \(round)")
                for step in order + order {
                    let (status, at) = steps[step]
                    let body = """
                        {"type":"package.updated","data":{"order_number":"\(placed.number)","package":{"id":"P1",\
                        "carrier":"usps","tracking_number":"94\(round)","status":"\(status)",\
                        "items":[{"sku":"A","quantity":5}],"occurred_at":"\(at)"}}}
                        """
                    #expect(try await desk.house(body, id: "msg_\(round)_\(step)").status == 200)
                }
                let answer = try await desk.get("/v1/orders/\(placed.number)", headers: placed.opened)
                #expect(answer.json["status"]?.stringValue == "delivered")
            }
        }
    }
}

struct DeadlineTests {
    @Test func whoAsksIsAnsweredInTimeAndTheWorkGoesOn() async throws {
        let clock = FakeClock()
        let mayFinish = Gate()
        let finished = Gate()
        async let result = Deadline.result(
            of: {
                await mayFinish.wait()
                finished.open()
            }, within: 1000, clock: clock)
        await clock.settled()
        clock.advance(milliseconds: 1000)
        #expect(try await result == nil)
        #expect(!finished.isOpen)
        mayFinish.open()
        await finished.wait()
    }

    @Test func whatIsReadyInTimeComesBack() async throws {
        #expect(try await Deadline.result(of: { 7 }, within: 1000, clock: FakeClock()) == 7)
        await #expect(throws: StoreError.cancelled) {
            try await Deadline.result(
                of: { throw StoreError.cancelled } as @Sendable () async throws -> Int,
                within: 1000, clock: FakeClock())
        }
    }
}
