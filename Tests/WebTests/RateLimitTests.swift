import HTTPTypes
import HummingbirdTesting
import Orders
import TestSupport
import Testing

@testable import Web

/// What an address may ask in a minute.
@Suite(.timeLimit(.hanging)) struct RateLimitTests {
    private static let rateLimit = HTTPField.Name("RateLimit")!
    private static let policy = HTTPField.Name("RateLimit-Policy")!
    private static let forwarded = HTTPField.Name("X-Forwarded-For")!

    @Test func anAddressHasSoManyOrdersAMinute() async throws {
        try await Desk.open(.live, settings: { $0.ordersPerMinute = 2 }) { desk in
            let first = try await desk.post("/v1/orders", Desk.form())
            #expect(first.status == 201)
            #expect(first.headers[Self.policy] == "\"orders\";q=2;w=60")
            #expect(first.headers[Self.rateLimit] == "\"orders\";r=1;t=30")
            // An order that is refused counts like any other.
            let second = try await desk.post("/v1/orders", "{}")
            #expect(second.status == 422)
            #expect(second.headers[Self.rateLimit] == "\"orders\";r=0;t=60")
            let third = try await desk.post("/v1/orders", Desk.form(name: "Cy"))
            #expect(third.status == 429)
            #expect(third.problem == "too-many-requests")
            #expect(third.headers[.retryAfter] == "30")
            #expect(third.headers[Self.policy] == "\"orders\";q=2;w=60")
            #expect(third.headers[Self.rateLimit] == "\"orders\";r=0;t=30")
            for _ in 0..<10 {
                let catalog = try await desk.get("/v1/catalog")
                let quote = try await desk.post("/v1/quotes", #"{"items":[{"sku":"A","quantity":1}]}"#)
                #expect(catalog.status == 200 && quote.status == 200)
                #expect(catalog.headers[Self.rateLimit] == nil && quote.headers[Self.rateLimit] == nil)
            }
            desk.clock.advance(seconds: 30)
            #expect(try await desk.post("/v1/orders", Desk.form(name: "Cy")).status == 201)
        }
    }

    @Test func aLimitOfNothingIsNoLimit() async throws {
        try await Desk.open(.live) { desk in
            for index in 0..<50 {
                let answer = try await desk.post("/v1/orders", Desk.form(name: "Reader \(index)"))
                #expect(answer.status == 201)
                #expect(answer.headers[Self.rateLimit] == nil)
            }
            #expect(try await desk.get("/v1/staff/orders", headers: [.authorization: "Bearer no"]).status == 401)
        }
    }

    /// A token that does not fit costs as much as one that does, on every way there is.
    @Test func whoTriesStatusTokensRunsOutOfTries() async throws {
        try await Desk.open(.live, settings: { $0.statusViewsPerMinute = 6 }) { desk in
            let order = try await desk.place()
            let wrong: HTTPFields = [.authorization: "Bearer \(String(repeating: "A", count: 32))"]
            let path = "/v1/orders/\(order.number)"
            #expect(try await desk.get(path, headers: wrong).headers[Self.rateLimit] == "\"status\";r=5;t=10")
            #expect(try await desk.send(.head, path, headers: wrong).status == 404)
            #expect(try await desk.post(path + "/cancel", "", headers: wrong).status == 404)
            #expect(try await desk.get("/s/\(String(repeating: "A", count: 32))").status == 404)
            #expect(try await desk.get("/es/s/x").status == 404)
            #expect(try await desk.get("/v1/orders/1234").status == 404)
            for path in [path, path + "/cancel", "/s/\(order.token)", "/es/s/\(order.token)"] {
                let method: HTTPRequest.Method = path.hasSuffix("cancel") ? .post : .get
                let answer = try await desk.send(method, path, headers: order.opened)
                #expect(answer.status == 429)
                #expect(answer.headers[.retryAfter] == "10")
            }
            let detail = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
            #expect(detail.json["status"]?.stringValue == "placed")
            desk.clock.advance(seconds: 10)
            #expect(try await desk.get(path, headers: order.opened).status == 200)
        }
    }

    @Test func whoTriesStaffTokensRunsOutOfTriesAndLocksNobodyOut() async throws {
        try await Desk.open(.live, settings: { $0.signinsPerMinute = 3 }) { desk in
            let late = StaffCredential.random()
            _ = try await desk.store.add(
                StaffToken(name: "late", scopes: [.admin], createdAt: desk.clock.now), hash: late.hash)
            func ask(_ credential: String, _ path: String = "/v1/staff/orders") async throws -> Answer {
                try await desk.get(path, headers: [.authorization: credential])
            }
            #expect(try await desk.staff(.get, "/v1/staff/orders").headers[Self.rateLimit] == nil)
            #expect(try await ask("Bearer mrt_guess1").headers[Self.rateLimit] == "\"signin\";r=2;t=20")
            #expect(try await ask("Basic a2ltOnNlY3JldA==").status == 401)
            #expect(try await ask("Bearer mrt_guess3", "/v1/staff/tokens").status == 401)
            let refused = try await ask("Bearer mrt_guess4")
            #expect(refused.status == 429)
            #expect(refused.headers[.retryAfter] == "20")
            // Now even a right one is not looked at: this could be the guess that hits.
            #expect(try await ask("Bearer \(late.text)").status == 429)
            // But who was let in before is let in, however much the neighbour guesses.
            for _ in 0..<20 {
                #expect(try await desk.staff(.get, "/v1/staff/orders").status == 200)
                #expect(try await ask("Bearer mrt_guess5").status == 429)
            }
            // A token that was revoked meanwhile gets no further than the door.
            _ = try await desk.store.revoke(name: "admin", at: desk.clock.now)
            #expect(try await desk.staff(.get, "/v1/staff/orders").status == 401)
            desk.clock.advance(seconds: 60)
            #expect(try await ask("Bearer \(late.text)").status == 200)
        }
    }

    @Test func whoShowsNoCredentialGuessesNone() async throws {
        try await Desk.open(.live, settings: { $0.signinsPerMinute = 1 }) { desk in
            for _ in 0..<20 { #expect(try await desk.get("/v1/staff/orders").status == 401) }
            let known = try await desk.staff(.get, "/v1/staff/orders")
            #expect(known.status == 200)
        }
    }

    /// Somebody else's bad signatures, from whatever address, must not keep the house's word from us.
    @Test func badSignaturesLockNobodyOut() async throws {
        try await Desk.open(
            .live,
            settings: {
                $0.signinsPerMinute = 1
                $0.ordersPerMinute = 1
                $0.statusViewsPerMinute = 1
            }
        ) { desk in
            let body = #"{"type":"order.acknowledged","data":{"order_number":"1234"}}"#
            for index in 0..<50 {
                var forged = desk.signature(of: body, id: "msg_\(index)")
                forged[HTTPField.Name("webhook-signature")!] = "v1,\(String(repeating: "A", count: 43))="
                #expect(try await desk.post("/v1/webhooks/shipping", body, headers: forged).status == 401)
            }
            let genuine = try await desk.house(body)
            #expect(genuine.status == 202)
        }
    }

    @Test func aTrustedProxyNamesTheClientAndAnotherDoesNot() async throws {
        for (proxies, isBelieved) in [(["127.0.0.0/8", "::1"], true), (["10.0.0.0/8"], false), ([], false)] {
            try await Desk.open(
                .live,
                settings: {
                    $0.ordersPerMinute = 1
                    $0.trustedProxies = proxies.compactMap { AddressRange($0) }
                }
            ) { desk in
                for (index, client) in ["1.2.3.4", "9.9.9.9, 5.6.7.8", "2001:db8::1"].enumerated() {
                    let answer = try await desk.post(
                        "/v1/orders", Desk.form(name: "Reader \(index)"), headers: [Self.forwarded: client])
                    #expect(answer.status == (isBelieved || index == 0 ? 201 : 429))
                }
                // What stands left of the proxy's own word is hearsay: 5.6.7.8 was counted above.
                let again = try await desk.post(
                    "/v1/orders", Desk.form(name: "X"), headers: [Self.forwarded: "7.7.7.7, 5.6.7.8, 127.0.0.1"])
                #expect(again.status == 429)
            }
        }
    }
}
