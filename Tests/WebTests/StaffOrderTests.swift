import HTTPTypes
import Orders
import TestSupport
import Testing

/// How staff read and steer one order.
struct StaffOrderTests {
    @Test func theDetailIsWhatTheContractSays() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.staff(
                .post, "/v1/staff/orders/\(order.number)/notes", #"{"text":"called back\nfine"}"#)
            let answer = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(answer.headers[.cacheControl] == "no-store")
            let delivery = try #require(answer.json["deliveries"]?.arrayValue?.first?["id"]?.stringValue)
            let time = "2026-09-21T14:13:20.000Z"
            #expect(
                answer.body == """
                    {"number":"\(order.number)","status":"placed","flags":[],"placed_at":"\(time)",\
                    "updated_at":"\(time)","erased_at":null,"items":[{"sku":"A","title":"About A","language":"en","quantity":5,\
                    "unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":16,"unit":"oz"},"quantity_shipped":0,\
                    "quantity_delivered":0,"quantity_backordered":0,"quantity_cancelled":0}],\
                    "total_weight":{"value":1,"unit":"lb"},"weight_limit":{"value":20,"unit":"lb"},\
                    "ship_to":{"name":"Ana María Núñez","organization":null,"line1":"1 Main St","line2":null,\
                    "city":"Springfield","region":"IL","postal_code":"62701","country":"US","phone":null},\
                    "email":"ana@example.org","requester_type":"patient","language":"en","notes":null,\
                    "staff_notes":[{"at":"\(time)","actor":"staff:admin","text":"called back\\nfine"}],"hold":null,\
                    "rejection":null,"cancellation":null,"house_reference":null,"expected_at":null,"reship_of":null,\
                    "reshipped_as":[],"packages":[],"history":[\
                    {"at":"\(time)","actor":"reader","event":"order.placed","from":null,"to":"placed","detail":null},\
                    {"at":"\(time)","actor":"staff:admin","event":"note.added","from":"placed","to":"placed",\
                    "detail":null}],"deliveries":[{"id":"\(delivery)","event":"order.placed",\
                    "order_number":"\(order.number)","endpoint":"fulfillment","state":"pending","attempts":[],\
                    "next_attempt_at":"\(time)"}]}
                    """)
        }
    }

    @Test func aPackageIsShownWithAllItsUpdates() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            for (index, (status, at)) in [
                ("in_transit", "2026-09-21T10:00:00Z"), ("delivered", "2026-10-01T10:00:00Z"),
            ].enumerated() {
                let body = """
                    {"type":"package.updated","data":{"order_number":"\(order.number)","package":{"id":"P1",\
                    "carrier":"usps","tracking_number":"9400","status":"\(status)",\
                    "items":[{"sku":"A","quantity":5}],"occurred_at":"\(at)","message":"ok","location":"Chicago"}}}
                    """
                _ = try await desk.house(body, id: "msg_\(index)")
            }
            let answer = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(answer.json["status"]?.stringValue == "shipped")
            let updates = answer.json["packages"]?.arrayValue?.first?["updates"]?.arrayValue
            #expect(updates?.map { $0["flagged"]?.boolValue } == [false, true])
            #expect(updates?.first?["location"]?.stringValue == "Chicago")
            #expect(updates?.first?["received_at"]?.stringValue == "2026-09-21T14:13:20.000Z")
            #expect(answer.json["items"]?.arrayValue?.first?["quantity_shipped"]?.intValue == 5)
        }
    }

    @Test func anUnknownOrderIsNotFound() async throws {
        try await Desk.open { desk in
            for number in ["4829-1504-75", "nonsense"] {
                let shown = try await desk.staff(.get, "/v1/staff/orders/\(number)")
                #expect(shown.problem == "not-found")
                #expect(
                    try await desk.staff(.post, "/v1/staff/orders/\(number)/release").problem == "not-found")
            }
        }
    }

    // MARK: Preconditions

    @Test func aChangeOfWhatSomebodyElseChangedIsRefused() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let path = "/v1/staff/orders/\(order.number)"
            let tag = try #require(try await desk.staff(.get, path).headers[.eTag])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
            #expect(try await desk.staff(.get, path, headers: [.ifNoneMatch: tag]).status == 304)
            let held = try await desk.staff(
                .post, "\(path)/hold", #"{"reason":"check"}"#, headers: [.ifMatch: "\"x\", \(tag)"])
            #expect(held.status == 200)
            let newTag = try #require(held.headers[.eTag])
            #expect(newTag != tag)
            for stale in [tag, "W/\(newTag)", "\"\""] {
                let late = try await desk.staff(.post, "\(path)/release", headers: [.ifMatch: stale])
                #expect(late.status == 412)
                #expect(late.problem == "changed-since")
            }
            #expect(try await desk.staff(.post, "\(path)/release", headers: [.ifMatch: "bare"]).status == 400)
            #expect(try await desk.staff(.post, "\(path)/release", headers: [.ifMatch: newTag]).status == 200)
            #expect(
                try await desk.staff(.post, "\(path)/notes", #"{"text":"x"}"#, headers: [.ifMatch: "*"]).status == 200)
        }
    }

    // MARK: Actions

    @Test func aHeldOrderCanBeCorrectedAndReleased() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let path = "/v1/staff/orders/\(order.number)"
            let early = try await desk.staff(.put, "\(path)/ship_to", Self.address())
            #expect(early.status == 409)
            #expect(early.problem == "transition-not-allowed")
            #expect(early.json["current_status"]?.stringValue == "placed")
            let held = try await desk.staff(.post, "\(path)/hold", #"{"reason":"check the address"}"#)
            #expect(held.json["status"]?.stringValue == "on_hold")
            #expect(held.json["hold"]?["reason"]?.stringValue == "check the address")
            #expect(held.json["deliveries"]?.arrayValue?.first?["state"]?.stringValue == "withdrawn")
            let bad = try await desk.staff(.put, "\(path)/ship_to", Self.address(postalCode: "99501"))
            #expect(bad.status == 422)
            #expect(bad.problem == "invalid-order")
            #expect(bad.errors == ["/postal_code postal_code_region_mismatch"])
            let corrected = try await desk.staff(.put, "\(path)/ship_to", Self.address())
            #expect(corrected.json["ship_to"]?["line1"]?.stringValue == "2 Oak Ave")
            #expect(!corrected.body.contains("1 Main St"))
            let released = try await desk.staff(.post, "\(path)/release")
            #expect(released.json["status"]?.stringValue == "placed")
            #expect(released.json["hold"] == .null)
            #expect(released.json["deliveries"]?.arrayValue?.count == 2)
        }
    }

    private static func address(postalCode: String = "62701") -> String {
        #"{"name":"Ana","line1":"2 Oak Ave","city":"Springfield","region":"IL","postal_code":"\#(postalCode)"}"#
    }

    @Test func aCancelledOrderTellsWhoWhenAndWhy() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let answer = try await desk.staff(
                .post, "/v1/staff/orders/\(order.number)/cancel", #"{"reason":"asked by phone"}"#)
            #expect(answer.json["status"]?.stringValue == "cancelled")
            let story = answer.json["cancellation"]
            #expect(story?["state"]?.stringValue == "cancelled")
            #expect(story?["reason"]?.stringValue == "asked by phone")
            #expect(story?["actor"]?.stringValue == "staff:admin")
            let late = try await desk.staff(.post, "/v1/staff/orders/\(order.number)/cancel")
            #expect(late.status == 409)
        }
    }

    @Test func aCancellationAskedOfTheHouseWaitsForItsAnswer() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let about = #""data":{"order_number":"\#(order.number)""#
            _ = try await desk.house(#"{"type":"order.acknowledged",\#(about)}}"#, id: "m1")
            desk.clock.advance(seconds: 60)
            let asked = try await desk.staff(.post, "/v1/staff/orders/\(order.number)/cancel")
            #expect(asked.json["status"]?.stringValue == "cancel_requested")
            #expect(asked.json["cancellation"]?["state"]?.stringValue == "requested")
            desk.clock.advance(seconds: 60)
            _ = try await desk.house(
                #"{"type":"order.cancellation_refused",\#(about),"reason":"on the truck"}}"#, id: "m2")
            let refused = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(refused.json["status"]?.stringValue == "submitted")
            #expect(refused.json["cancellation"]?["state"]?.stringValue == "refused")
            #expect(refused.json["cancellation"]?["answer"]?.stringValue == "on the truck")
        }
    }

    @Test func aReturnedOrderIsReshippedAsANewOne() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let path = "/v1/staff/orders/\(order.number)"
            #expect(try await desk.staff(.post, "\(path)/reship").status == 409)
            _ = try await desk.house(
                """
                {"type":"package.updated","data":{"order_number":"\(order.number)","package":{"id":"P1",\
                "status":"returned","items":[{"sku":"A","quantity":5}],"occurred_at":"2026-09-21T10:00:00Z"}}}
                """)
            desk.clock.advance(seconds: 60)
            let new = try await desk.staff(.post, "\(path)/reship")
            #expect(new.status == 201)
            let number = try #require(new.json["number"]?.stringValue)
            #expect(new.headers[.location] == "/v1/staff/orders/\(number)")
            #expect(new.json["reship_of"]?.stringValue == order.number)
            let old = try await desk.staff(.get, path)
            #expect(old.json["reshipped_as"]?.arrayValue?.compactMap(\.stringValue) == [number])
        }
    }

    @Test func aReasonIsAskedForAndJudged() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let path = "/v1/staff/orders/\(order.number)/hold"
            let cases: [(String, Int, [String])] = [
                ("{}", 422, ["/reason required"]), (#"{"reason":"  "}"#, 422, ["/reason required"]),
                (#"{"reason":"a\u0007b"}"#, 422, ["/reason control_character"]),
                (#"{"reason":7}"#, 400, ["/reason wrong_type"]), ("[]", 400, [" wrong_type"]),
                ("", 400, [" invalid_json"]),
            ]
            for (body, status, errors) in cases {
                let answer = try await desk.staff(.post, path, body)
                #expect(answer.status == status)
                #expect(answer.errors == errors)
            }
            #expect(try await desk.staff(.post, path).status == 415)
        }
    }

    // MARK: Deliveries and endpoints

    @Test func deliveriesAreListedByStateAndGoOutAgain() async throws {
        try await Desk.open { desk in
            let first = try await desk.place()
            desk.clock.advance(milliseconds: 1)
            let second = try await desk.place(name: "Bo")
            let all = try await desk.staff(.get, "/v1/staff/deliveries?state=pending&limit=1")
            #expect(all.column("order_number") == [second.number])
            #expect(all.json["count"]?["value"]?.intValue == 2)
            let link = try #require(all.headers[.link])
            let rest = try await desk.staff(.get, String(link.dropFirst().prefix { $0 != ">" }))
            #expect(rest.column("order_number") == [first.number])
            let id = try #require(rest.column("id").first)
            let again = try await desk.staff(.post, "/v1/staff/deliveries/\(id)/redeliver")
            #expect(again.status == 200)
            #expect(again.json["id"]?.stringValue == id)
            #expect(again.json["state"]?.stringValue == "pending")
            #expect(try await desk.staff(.get, "/v1/staff/deliveries?state=exhausted").column("id") == [])
            #expect(
                try await desk.staff(.get, "/v1/staff/deliveries?state=lost").errors == ["/state unknown_value"])
            for unknown in ["msg_0000000000000001", "nonsense"] {
                #expect(
                    try await desk.staff(.post, "/v1/staff/deliveries/\(unknown)/redeliver").problem == "not-found")
            }
        }
    }

    @Test func aDeliveryInFlightIsLeftAlone() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let batch = try await desk.store.claim(
                ClaimRequest(endpoint: "fulfillment", limit: 1, now: desk.clock.now))
            let claim = try #require(batch.claims.first)
            let answer = try await desk.staff(.post, "/v1/staff/deliveries/\(claim.id)/redeliver")
            #expect(answer.status == 409)
            #expect(answer.problem == "transition-not-allowed")
            #expect(try await desk.staff(.post, "/v1/staff/orders/\(order.number)/resend").status == 409)
        }
    }

    @Test func anEndpointIsPausedAndResumed() async throws {
        try await Desk.open { desk in
            try await desk.store.record(EndpointHealth(name: "fulfillment", url: "https://house.example/in"))
            _ = try await desk.place()
            let list = try await desk.staff(.get, "/v1/staff/endpoints")
            let row = try #require(list.json["data"]?.arrayValue?.first)
            #expect(row["name"]?.stringValue == "fulfillment")
            #expect(row["url"]?.stringValue == "https://house.example/in")
            #expect(row["state"]?.stringValue == "active")
            #expect(row["pending"]?.intValue == 1)
            #expect(row["oldest_pending_at"]?.stringValue == "2026-09-21T14:13:20.000Z")
            let paused = try await desk.staff(.post, "/v1/staff/endpoints/fulfillment/pause")
            #expect(paused.json["state"]?.stringValue == "paused")
            let resumed = try await desk.staff(.post, "/v1/staff/endpoints/fulfillment/resume")
            #expect(resumed.json["state"]?.stringValue == "active")
            #expect(try await desk.staff(.post, "/v1/staff/endpoints/other/pause").problem == "not-found")
        }
    }

    // MARK: Messages that fit no order

    @Test func aKeptMessageIsMatchedToAnOrderByHand() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.house(
                #"{"type":"order.acknowledged","data":{"order_number":"PO-77","house_reference":"H7"}}"#)
            let kept = try await desk.staff(.get, "/v1/staff/updates?matched=false")
            let id = try #require(kept.column("id").first)
            #expect(kept.json["data"]?.arrayValue?.first?["message"]?["type"]?.stringValue == "order.acknowledged")
            let wrong = try await desk.staff(
                .post, "/v1/staff/updates/\(id)/match", #"{"order_number":"4829-1504-75"}"#)
            #expect(wrong.status == 422)
            #expect(wrong.errors == ["/order_number unknown_order"])
            let body = #"{"order_number":"\#(order.number)"}"#
            let matched = try await desk.staff(.post, "/v1/staff/updates/\(id)/match", body)
            #expect(matched.status == 200)
            #expect(matched.json["state"]?.stringValue == "matched")
            let detail = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(detail.json["house_reference"]?.stringValue == "H7")
            let again = try await desk.staff(.post, "/v1/staff/updates/\(id)/match", body)
            #expect(again.status == 409)
            #expect(again.problem == "update-settled")
            #expect(try await desk.staff(.get, "/v1/staff/updates?matched=false").column("id") == [])
            #expect(try await desk.staff(.get, "/v1/staff/updates?matched=true").column("id") == [id])
            #expect(try await desk.staff(.get, "/v1/staff/updates?matched=1").status == 400)
        }
    }

    @Test func aKeptMessageIsDismissed() async throws {
        try await Desk.open { desk in
            _ = try await desk.house(#"{"type":"order.acknowledged","data":{"order_number":"PO-77"}}"#)
            let id = try #require(try await desk.staff(.get, "/v1/staff/updates").column("id").first)
            let answer = try await desk.staff(.post, "/v1/staff/updates/\(id)/dismiss")
            #expect(answer.json["state"]?.stringValue == "dismissed")
            #expect(try await desk.staff(.post, "/v1/staff/updates/\(id)/dismiss").status == 409)
            #expect(try await desk.staff(.post, "/v1/staff/updates/999/dismiss").problem == "not-found")
        }
    }
}
