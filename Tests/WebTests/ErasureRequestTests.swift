import HTTPTypes
import Orders
import TestSupport
import Testing

/// Forgetting a person on request, as staff ask for it.
struct ErasureRequestTests {
    @Test func whatWasCancelledIsErasedAndShowsThat() async throws {
        try await Desk.open { desk in
            let order = try await desk.place(name: "Zoraida Quill", email: "z@example.org")
            let path = "/v1/staff/orders/\(order.number)"
            let early = try await desk.staff(.post, path + "/erase")
            #expect(early.status == 409 && early.problem == "transition-not-allowed")
            #expect(early.json["current_status"]?.stringValue == "placed")
            #expect(early.json["detail"]?.stringValue?.contains("cancel it first") == true)

            _ = try await desk.post("/v1/orders/\(order.number)/cancel", "", headers: order.opened)
            #expect(try await desk.get("/s/\(order.token)").status == 200)
            let erased = try await desk.staff(.post, path + "/erase")
            #expect(erased.status == 200)
            #expect(erased.json["erased_at"]?.stringValue == "2026-09-21T14:13:20.000Z")
            for text in ["Zoraida", "Quill", "z@example.org", "1 Main St", "Springfield", "62701"] {
                #expect(!erased.body.contains(text), "\(text)")
            }
            #expect(erased.json["status"]?.stringValue == "cancelled")
            #expect(try await desk.staff(.post, path + "/erase").body == erased.body)

            let list = try await desk.staff(.get, "/v1/staff/orders")
            let row = try #require(list.json["data"]?.arrayValue?.first)
            #expect(row["recipient"]?.stringValue?.isEmpty == true && row["city"]?.stringValue?.isEmpty == true)
            #expect(row["erased_at"]?.stringValue != nil && row["region"]?.stringValue == "IL")
            #expect(try await desk.staff(.get, "/v1/staff/orders?q=zoraida").column("number").isEmpty)
            #expect(try await desk.get("/s/\(order.token)").status == 404)
            #expect(try await desk.get("/v1/orders/\(order.number)", headers: order.opened).status == 404)
        }
    }

    @Test func anErasedOrderTakesNoActionAndNoRedelivery() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let path = "/v1/staff/orders/\(order.number)"
            let erased = try await desk.staff(.post, path + "/erase", #"{"force": true}"#)
            #expect(erased.status == 200)
            for (action, body) in [
                ("hold", #"{"reason":"r"}"#), ("release", ""), ("cancel", ""), ("resend", ""), ("reship", ""),
                ("notes", #"{"text":"t"}"#),
            ] {
                let answer = try await desk.staff(.post, "\(path)/\(action)", body)
                #expect(answer.problem == "transition-not-allowed", "\(action)")
                #expect(answer.json["detail"]?.stringValue?.contains("erased") == true, "\(action)")
            }
            let delivery = try #require(erased.json["deliveries"]?.arrayValue?.first)
            #expect(delivery["state"]?.stringValue == "withdrawn")
            let id = try #require(delivery["id"]?.stringValue)
            let again = try await desk.staff(.post, "/v1/staff/deliveries/\(id)/redeliver")
            #expect(again.problem == "transition-not-allowed")
        }
    }

    @Test func whoAsksMustMatchAndSayItRight() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let path = "/v1/staff/orders/\(order.number)/erase"
            #expect(try await desk.staff(.post, path, "", headers: [.ifMatch: "\"x\""]).status == 412)
            let wrong = try await desk.staff(.post, path, #"{"force":"yes"}"#)
            #expect(wrong.status == 400 && wrong.errors == ["/force wrong_type"])
            #expect(try await desk.staff(.post, "/v1/staff/orders/4829-1504-75/erase").status == 404)
        }
    }
}
