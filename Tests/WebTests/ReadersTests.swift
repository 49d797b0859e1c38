import HTTPTypes
import Orders
import Testing

/// What readers may see and do after they ordered, and before.
struct ReadersTests {
    // MARK: An order's status

    @Test func theTokenShowsTheOrderWithoutAddressOrEmail() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let answer = try await desk.get("/v1/orders/\(order.number)", headers: order.opened)
            #expect(answer.status == 200)
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(
                answer.body == """
                    {"number":"\(order.number)","status":"placed","placed_at":"2026-09-21T14:13:20.000Z",\
                    "updated_at":"2026-09-21T14:13:20.000Z","items":[{"sku":"A","title":"About A","language":"en",\
                    "quantity":5,"unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":16,"unit":"oz"}}],\
                    "total_weight":{"value":1,"unit":"lb"},"packages":[]}
                    """)
        }
    }

    @Test func aPackageIsShownWithoutTheHousesOwnWords() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let told = try await desk.house(
                """
                {"type":"package.updated","timestamp":"2026-09-21T14:13:20Z","data":{"order_number":"\(order.number)",\
                "package":{"id":"P1","carrier":"usps","tracking_number":"9400","tracking_url":"https://t.example/9400",\
                "status":"delivered","items":[{"sku":"A","quantity":5}],"occurred_at":"2026-09-21T12:00:00Z",\
                "message":"left with Ana","location":"1 Main St"}}}
                """)
            #expect(told.body == #"{"result":"applied"}"#)
            let answer = try await desk.get("/v1/orders/\(order.number)", headers: order.opened)
            #expect(answer.json["status"]?.stringValue == "delivered")
            let package = try #require(answer.json["packages"]?.arrayValue?.first)
            #expect(package["tracking_url"]?.stringValue == "https://t.example/9400")
            #expect(package["updates"]?.arrayValue?.first?["status"]?.stringValue == "delivered")
            for word in ["Ana", "Main St", "Springfield", "example.org"] { #expect(!answer.body.contains(word)) }
        }
    }

    @Test func whatDoesNotOpenAnOrderIsAllAnsweredAlike() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let other = try await desk.place(name: "Bo")
            let keyOnly = String(order.token.prefix(11)) + String(repeating: "A", count: 21)
            let attempts: [(String, HTTPFields)] = [
                (order.number, [:]), (order.number, other.opened), (order.number, [.authorization: "Bearer x"]),
                (order.number, [.authorization: "Bearer \(keyOnly)"]),
                (order.number, [.authorization: "Basic \(order.token)"]),
                (order.number, [.authorization: "Bearer \(desk.adminToken)"]), ("4829-1504-75", order.opened),
                ("4829-1504-76", order.opened), ("nonsense", order.opened), ("%FF", order.opened),
            ]
            var answers: Set<String> = []
            for (number, headers) in attempts {
                var headers = headers
                headers[.requestID] = "same"
                for (method, path) in [(HTTPRequest.Method.get, ""), (.post, "/cancel")] {
                    let answer = try await desk.send(method, "/v1/orders/\(number)\(path)", headers: headers)
                    #expect(answer.status == 404)
                    #expect(answer.headers[.wwwAuthenticate] == nil)
                    answers.insert(answer.body)
                }
            }
            #expect(answers.count == 1)
        }
    }

    @Test func theNumberMayBeTypedWithSpacesOrWithout() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            for number in [order.number.replacing("-", with: ""), order.number.replacing("-", with: "%20")] {
                #expect(try await desk.get("/v1/orders/\(number)", headers: order.opened).status == 200)
            }
        }
    }

    @Test func theReaderMayCancelWhileNothingWasSent() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let answer = try await desk.send(.post, "/v1/orders/\(order.number)/cancel", headers: order.opened)
            #expect(answer.status == 200)
            #expect(answer.json["status"]?.stringValue == "cancelled")
            let history = try await desk.staff(.get, "/v1/staff/orders/\(order.number)").json["history"]?.arrayValue
            #expect(history?.last?["actor"]?.stringValue == "reader")
            let again = try await desk.send(.post, "/v1/orders/\(order.number)/cancel", headers: order.opened)
            #expect(again.status == 409)
            #expect(again.problem == "transition-not-allowed")
            #expect(again.json["current_status"]?.stringValue == "cancelled")
        }
    }

    @Test func theReaderCannotCancelWhatTheHouseHas() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.house(
                #"{"type":"order.acknowledged","data":{"order_number":"\#(order.number)","house_reference":"H7"}}"#)
            let answer = try await desk.send(.post, "/v1/orders/\(order.number)/cancel", headers: order.opened)
            #expect(answer.status == 409)
            #expect(answer.json["current_status"]?.stringValue == "submitted")
        }
    }

    // MARK: The catalog

    @Test func theCatalogShowsEveryTitleAndTheLimit() async throws {
        try await Desk.open { desk in
            let answer = try await desk.get("/v1/catalog")
            #expect(answer.status == 200)
            #expect(answer.column("sku") == ["A", "B", "HEAVY", "OUT"])
            #expect(
                answer.body.hasPrefix(
                    """
                    {"data":[{"sku":"A","title":"About A","language":"en","format":"booklet","description":null,\
                    "unit_weight":{"value":3.2,"unit":"oz"},"max_quantity":100,"available":true,"pdf_url":null},
                    """.replacing("\n", with: "")))
            #expect(answer.body.hasSuffix(#"],"weight_limit":{"value":20,"unit":"lb"}}"#))
        }
    }

    @Test func anUnchangedCatalogIsNotSentAgain() async throws {
        try await Desk.open { desk in
            let tag = try #require(try await desk.get("/v1/catalog").headers[.eTag])
            for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let answer = try await desk.get("/v1/catalog", headers: [.ifNoneMatch: known])
                #expect(answer.status == 304)
                #expect(answer.headers[.eTag] == tag)
                #expect(answer.body.isEmpty)
            }
            _ = try await desk.store.put([try Desk.title("NEW", "1 oz")])
            let changed = try await desk.get("/v1/catalog", headers: [.ifNoneMatch: tag])
            #expect(changed.status == 200)
            #expect(changed.column("sku").last == "NEW")
        }
    }

    // MARK: Quotes

    @Test func aQuoteAnswersOverTheLimitToo() async throws {
        try await Desk.open { desk in
            let answer = try await desk.post(
                "/v1/quotes", #"{"items":[{"sku":"HEAVY","quantity":5},{"sku":"A","quantity":5}]}"#)
            #expect(answer.status == 200)
            #expect(
                answer.body == """
                    {"items":[{"sku":"HEAVY","quantity":5,"weight":{"value":25,"unit":"lb"},"quantity_that_fits":3},\
                    {"sku":"A","quantity":5,"weight":{"value":16,"unit":"oz"},"quantity_that_fits":0}],\
                    "total_weight":{"value":26,"unit":"lb"},"weight_limit":{"value":20,"unit":"lb"},\
                    "remaining_weight":{"value":0,"unit":"lb"},"within_limit":false}
                    """)
        }
    }

    @Test func aQuoteOfAnUnknownTitleIsRefused() async throws {
        try await Desk.open { desk in
            let answer = try await desk.post("/v1/quotes", #"{"items":[{"sku":"NONE","quantity":1}]}"#)
            #expect(answer.status == 422)
            #expect(answer.problem == "invalid-order")
            #expect(answer.errors == ["/items/0/sku unknown_sku"])
        }
    }
}
