import HTTPTypes
import HummingbirdTesting
import NIOCore
import Orders
import TestSupport
import Testing

/// `POST /v1/orders`.
struct PlacingOrdersTests {
    @Test func anOrderIsAnsweredWithItsNumberAndToken() async throws {
        try await Desk.open { desk in
            let answer = try await desk.post(
                "/v1/orders", Desk.form(items: #"[{"sku":"A","quantity":5},{"sku":"B","quantity":2}]"#))
            #expect(answer.status == 201)
            let number = try #require(answer.json["number"]?.stringValue)
            let token = try #require(answer.json["status_token"]?.stringValue)
            #expect(OrderNumber(number) != nil)
            #expect(answer.headers[.location] == "/v1/orders/\(number)")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.idempotencyReplayed] == nil)
            #expect(
                answer.body == """
                    {"number":"\(number)","status":"placed","placed_at":"2026-09-21T14:13:20.000Z","items":[\
                    {"sku":"A","title":"About A","language":"en","quantity":5,\
                    "unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":16,"unit":"oz"}},\
                    {"sku":"B","title":"About B","language":"en","quantity":2,\
                    "unit_weight":{"value":6.4,"unit":"oz"},"weight":{"value":12.8,"unit":"oz"}}],\
                    "total_weight":{"value":1.8,"unit":"lb"},"weight_limit":{"value":20,"unit":"lb"},\
                    "status_token":"\(token)","status_url":"https://order.example.org/s/\(token)"}
                    """)
        }
    }

    @Test func aSpanishOrderHasASpanishPage() async throws {
        try await Desk.open { desk in
            let answer = try await desk.post("/v1/orders", Desk.form(language: "es"))
            let token = try #require(answer.json["status_token"]?.stringValue)
            #expect(answer.json["status_url"]?.stringValue == "https://order.example.org/es/s/\(token)")
        }
    }

    @Test func exactlyTheLimitIsAcceptedAndAnythingMoreIsNot() async throws {
        try await Desk.open { desk in
            let exact = #"[{"sku":"HEAVY","quantity":4}]"#
            #expect(try await desk.post("/v1/orders", Desk.form(items: exact)).status == 201)
            let over = #"[{"sku":"HEAVY","quantity":4},{"sku":"A","quantity":1}]"#
            let answer = try await desk.post("/v1/orders", Desk.form(items: over))
            #expect(answer.status == 422)
            #expect(answer.problem == "weight-limit-exceeded")
            #expect(answer.json["total_weight"]?["value"] == .number("20.2"))
            #expect(answer.json["weight_limit"]?["value"] == .number("20"))
            #expect(answer.json["excess_weight"]?["value"] == .number("0.2"))
            #expect(answer.json["excess_weight"]?["unit"]?.stringValue == "lb")
            #expect(answer.json["errors"]?.arrayValue?.map { $0["quantity_that_fits"]?.intValue } == [3, 0])
            #expect(answer.errors.map { $0.split(separator: " ")[0] } == ["/items/0/quantity", "/items/1/quantity"])
        }
    }

    // MARK: Bad input

    @Test(arguments: [
        ("", "an empty body"), ("{", "a cut object"), ("nonsense", "no JSON"), (#"{"a":1,"a":2}"#, "a name twice"),
        ("\u{FEFF}{}", "a byte-order mark"),
        (#"{"items":[]} x"#, "something behind"),
    ])
    func whatIsNotJSONIsMalformed(body: String, what: String) async throws {
        try await isMalformed(body, what)
    }

    /// Not among the arguments above, because a test's arguments are printed.
    @Test func deepNestingIsMalformed() async throws {
        try await isMalformed(String(repeating: "[", count: 50_000), "deep nesting")
    }

    private func isMalformed(_ body: String, _ what: String) async throws {
        try await Desk.open { desk in
            let answer = try await desk.post("/v1/orders", body)
            #expect(answer.status == 400, "\(what)")
            #expect(answer.problem == "malformed-request")
            #expect(answer.errors == [" invalid_json"])
            #expect(try await desk.staff(.get, "/v1/staff/orders").column("number") == [])
        }
    }

    @Test func invalidUTF8IsMalformed() async throws {
        try await Desk.open { desk in
            let response = try await desk.client.executeRequest(
                uri: "/v1/orders", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(bytes: Array("{\"notes\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)))
            let answer = Answer(response)
            #expect(answer.status == 400)
            #expect(answer.errors == [" invalid_json"])
        }
    }

    @Test func everyWrongTypeIsPointedAtAtOnce() async throws {
        try await Desk.open { desk in
            let answer = try await desk.post(
                "/v1/orders",
                #"{"items":[{"sku":7,"quantity":"5"}],"ship_to":{"name":["x"]},"email":{},"language":true,"notes":1}"#)
            #expect(answer.status == 400)
            #expect(answer.problem == "malformed-request")
            #expect(
                Set(answer.errors) == [
                    "/items/0/sku wrong_type", "/items/0/quantity wrong_type", "/ship_to/name wrong_type",
                    "/email wrong_type", "/language wrong_type", "/notes wrong_type",
                ])
        }
    }

    @Test(arguments: [
        ("1.5", 400, "wrong_type"), ("1e3", 400, "wrong_type"), ("5.0", 400, "wrong_type"),
        ("0", 422, "out_of_range"), ("-1", 422, "out_of_range"), ("1000000000000000", 422, "out_of_range"),
        ("99999999999999999999999", 422, "out_of_range"), ("101", 422, "out_of_range"), ("null", 422, "required"),
    ])
    func aQuantityThatIsNoneIsRefused(literal: String, status: Int, code: String) async throws {
        try await Desk.open { desk in
            let answer = try await desk.post(
                "/v1/orders", Desk.form(items: #"[{"sku":"A","quantity":\#(literal)}]"#))
            #expect(answer.status == status)
            #expect(answer.problem == (status == 400 ? "malformed-request" : "invalid-order"))
            #expect(answer.errors == ["/items/0/quantity \(code)"])
        }
    }

    @Test func linesThatCannotBeAreRefused() async throws {
        let many = (0..<101).map { #"{"sku":"S\#($0)","quantity":1}"# }.joined(separator: ",")
        let cases: [(String, [String])] = [
            ("[]", ["/items too_few_items"]), ("[\(many)]", ["/items too_many_items"]),
            (#"[{"sku":"A","quantity":1},{"sku":"A","quantity":1}]"#, ["/items/1/sku duplicate_sku"]),
            (#"[{"sku":"NONE","quantity":1}]"#, ["/items/0/sku unknown_sku"]),
            (#"[{"sku":"OUT","quantity":1}]"#, ["/items/0/sku unavailable"]), ("null", ["/items required"]),
        ]
        try await Desk.open { desk in
            for (items, errors) in cases {
                let answer = try await desk.post("/v1/orders", Desk.form(items: items))
                #expect(answer.status == 422)
                #expect(answer.problem == "invalid-order")
                #expect(answer.errors == errors)
            }
        }
    }

    @Test func everyProblemIsToldAtOnceAndNothingTypedIsRepeated() async throws {
        try await Desk.open { desk in
            let body = """
                {"items":[{"sku":"NONE","quantity":0}],"ship_to":{"name":"A\\u0000na","line1":"1 Main St",\
                "city":"Springfield","region":"IL","postal_code":"99501","country":"US"},"email":"no e-mail",\
                "requester_type":"alien","language":"fr"}
                """
            let answer = try await desk.post("/v1/orders", body)
            #expect(answer.status == 422)
            #expect(
                Set(answer.errors) == [
                    "/items/0/sku unknown_sku", "/items/0/quantity out_of_range", "/ship_to/name control_character",
                    "/ship_to/postal_code postal_code_region_mismatch", "/email invalid_email",
                    "/requester_type unknown_value", "/language unknown_value",
                ])
            for typed in ["Main St", "no e-mail", "alien", "NONE"] { #expect(!answer.body.contains(typed)) }
        }
    }

    @Test func namesOfEveryScriptAreKept() async throws {
        try await Desk.open { desk in
            // Right-to-left, and a letter with its accent as a mark of its own.
            let order = try await desk.place(name: "ליאור כהן Zoe\u{308}")
            let detail = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(detail.json["ship_to"]?["name"]?.stringValue == "ליאור כהן Zoë")
            #expect(detail.body.contains("Zo\u{EB}"))
        }
    }

    @Test func aBodyOfSixtyFourKibibytesIsReadAndOneByteMoreIsNot() async throws {
        try await Desk.open { desk in
            let form = Desk.form()
            let full = form + String(repeating: " ", count: (64 << 10) - form.utf8.count)
            #expect(try await desk.post("/v1/orders", full).status == 201)
            let answer = try await desk.post("/v1/orders", full + " ")
            #expect(answer.status == 413)
            #expect(answer.problem == "content-too-large")
        }
    }

    @Test func aBodyOfAnotherTypeIsUnsupported() async throws {
        try await Desk.open { desk in
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
                let answer = try await desk.post("/v1/orders", Desk.form(), headers: [.contentType: type])
                #expect(answer.status == 415)
                #expect(answer.problem == "unsupported-media-type")
            }
            let packed = try await desk.post("/v1/orders", Desk.form(), headers: [.contentEncoding: "gzip"])
            #expect(packed.status == 415)
            for type in ["application/json; charset=utf-8", "Application/JSON ; charset=UTF-8"] {
                #expect(try await desk.post("/v1/orders", Desk.form(), headers: [.contentType: type]).status == 201)
            }
        }
    }

    // MARK: Idempotency

    @Test func aRetryUnderTheSameKeyGetsTheSameAnswer() async throws {
        try await Desk.open { desk in
            let first = try await desk.post("/v1/orders", Desk.form(), headers: [.idempotencyKey: "k-1"])
            desk.clock.advance(seconds: 60)
            // Quoted, members in another order, an unknown one, other spaces: the same meaning.
            let same = Desk.form().replacing(#""notes":null}"#, with: #""notes" : null, "source":"web"}"#)
            let second = try await desk.post("/v1/orders", same, headers: [.idempotencyKey: "\"k-1\""])
            #expect(second.status == 201)
            #expect(second.body == first.body)
            #expect(second.headers[.location] == first.headers[.location])
            #expect(second.headers[.idempotencyReplayed] == "true")
            #expect(try await desk.staff(.get, "/v1/staff/orders").column("number").count == 1)
        }
    }

    @Test func aKeyWithAnotherBodyIsRefused() async throws {
        try await Desk.open { desk in
            _ = try await desk.post("/v1/orders", Desk.form(), headers: [.idempotencyKey: "k-1"])
            let other = try await desk.post(
                "/v1/orders", Desk.form(name: "Bo"), headers: [.idempotencyKey: "k-1"])
            #expect(other.status == 422)
            #expect(other.problem == "idempotency-key-reused")
        }
    }

    @Test func aRefusedRequestBindsNoKey() async throws {
        try await Desk.open { desk in
            let headers: HTTPFields = [.idempotencyKey: "k-1"]
            #expect(try await desk.post("/v1/orders", Desk.form(items: "[]"), headers: headers).status == 422)
            let placed = try await desk.post("/v1/orders", Desk.form(), headers: headers)
            #expect(placed.status == 201)
            #expect(placed.headers[.idempotencyReplayed] == nil)
        }
    }

    @Test func aRetryIsReplayedEvenWhenTheTitleIsGoneByNow() async throws {
        try await Desk.open { desk in
            let headers: HTTPFields = [.idempotencyKey: "k-1"]
            let first = try await desk.post("/v1/orders", Desk.form(), headers: headers)
            _ = try await desk.store.put([try Desk.title("A", "3.2 oz", available: false)])
            let again = try await desk.post("/v1/orders", Desk.form(), headers: headers)
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again.headers[.idempotencyReplayed] == "true")
            #expect(try await desk.post("/v1/orders", Desk.form()).problem == "invalid-order")
        }
    }

    @Test(arguments: ["", "\"\"", "ünïcode", String(repeating: "k", count: 256), "tab\tbed"])
    func aKeyThatIsNoneIsMalformed(key: String) async throws {
        try await Desk.open { desk in
            let answer = try await desk.post("/v1/orders", Desk.form(), headers: [.idempotencyKey: key])
            #expect(answer.status == 400)
            #expect(answer.errors == ["/Idempotency-Key invalid_key"])
        }
    }

    @Test func fiftyParallelRequestsWithOneKeyPlaceOneOrder() async throws {
        try await Desk.open { desk in
            let bodies = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await desk.post("/v1/orders", Desk.form(), headers: [.idempotencyKey: "one"])
                    }
                }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(bodies.allSatisfy { $0.status == 201 })
            #expect(Set(bodies.map(\.body)).count == 1)
            #expect(bodies.count { $0.headers[.idempotencyReplayed] == nil } == 1)
            #expect(try await desk.staff(.get, "/v1/staff/orders").column("number").count == 1)
        }
    }
}
