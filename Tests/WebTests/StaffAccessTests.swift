import Fulfillment
import HTTPTypes
import Logging
import Orders
import TestSupport
import Testing

@testable import Web

/// Who is let in where.
struct StaffAccessTests {
    private static let paths: [(method: HTTPRequest.Method, path: String, scope: Scope)] = [
        (.get, "/v1/staff/orders", .ordersRead), (.post, "/v1/staff/orders/search", .ordersRead),
        (.get, "/v1/staff/orders.csv", .ordersRead), (.get, "/v1/staff/counts", .ordersRead),
        (.get, "/v1/staff/orders/4829-1504-75", .ordersRead),
        (.post, "/v1/staff/orders/4829-1504-75/hold", .ordersWrite),
        (.post, "/v1/staff/orders/4829-1504-75/release", .ordersWrite),
        (.post, "/v1/staff/orders/4829-1504-75/cancel", .ordersWrite),
        (.post, "/v1/staff/orders/4829-1504-75/resend", .ordersWrite),
        (.post, "/v1/staff/orders/4829-1504-75/reship", .ordersWrite),
        (.post, "/v1/staff/orders/4829-1504-75/notes", .ordersWrite),
        (.put, "/v1/staff/orders/4829-1504-75/ship_to", .ordersWrite),
        (.post, "/v1/staff/orders/4829-1504-75/erase", .admin),
        (.get, "/v1/staff/deliveries", .ordersRead),
        (.post, "/v1/staff/deliveries/msg_0000000000000001/redeliver", .ordersWrite),
        (.get, "/v1/staff/endpoints", .ordersRead), (.post, "/v1/staff/endpoints/fulfillment/pause", .ordersWrite),
        (.post, "/v1/staff/endpoints/fulfillment/resume", .ordersWrite), (.get, "/v1/staff/updates", .ordersRead),
        (.post, "/v1/staff/updates/1/match", .ordersWrite), (.post, "/v1/staff/updates/1/dismiss", .ordersWrite),
        (.put, "/v1/staff/catalog/A", .catalogWrite), (.post, "/v1/staff/catalog/import", .catalogWrite),
        (.get, "/v1/staff/catalog.csv", .catalogWrite), (.get, "/v1/staff/tokens", .admin),
        (.post, "/v1/staff/tokens", .admin), (.delete, "/v1/staff/tokens/x", .admin),
        (.get, "/v1/staff/accounts", .admin), (.post, "/v1/staff/accounts", .admin),
        (.post, "/v1/staff/accounts/x/disable", .admin), (.post, "/v1/staff/accounts/x/password", .admin),
    ]

    @Test func everyStaffRouteIsInTheTableOfThisTest() async throws {
        try await Desk.open { desk in
            let parts = WebParts(
                store: desk.store, verifier: WebhookVerifier(secrets: []),
                settings: WebSettings(publicURL: "", rules: OrderRules(weightLimit: Desk.limit, countries: [])),
                clock: desk.clock, logger: Logger(label: "web"), readiness: [])
            let staff = WebRouter.routes(parts).filter { $0.path.hasPrefix("/v1/staff/") }
            #expect(staff.count == Self.paths.count)
            for route in staff {
                guard case .staff = route.audience else {
                    Issue.record("\(route.path) is not for staff")
                    continue
                }
            }
        }
    }

    @Test func nothingIsShownWithoutALiveToken() async throws {
        try await Desk.open { desk in
            let revoked = try await token(desk, "former", [.admin])
            _ = try await desk.store.revoke(name: "former", at: desk.clock.now)
            for (method, path, _) in Self.paths {
                for header in [nil, "Bearer mrt_unknown", "Basic \(desk.adminToken)", "Bearer \(revoked)", "Bearer "] {
                    var headers: HTTPFields = [:]
                    headers[.authorization] = header
                    let answer = try await desk.send(method, path, headers: headers)
                    #expect(answer.status == 401, "\(path)")
                    #expect(answer.problem == "unauthorized")
                    #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                }
            }
        }
    }

    @Test func eachRouteNeedsItsScopeAndNoOther() async throws {
        try await Desk.open { desk in
            for scope in Scope.allCases {
                let one = try await token(desk, "only-\(scope.rawValue.replacing(":", with: "-"))", [scope])
                for (method, path, needed) in Self.paths {
                    let answer = try await desk.send(
                        method, path, headers: [.authorization: "Bearer \(one)", .contentType: "text/plain"])
                    let isAllowed = scope == needed || scope == .admin
                    #expect((answer.status == 403) == !isAllowed, "\(scope) \(method) \(path): \(answer.status)")
                    #expect(answer.status != 401)
                    if !isAllowed {
                        #expect(answer.problem == "insufficient-scope")
                        #expect(answer.headers[.wwwAuthenticate]?.contains(needed.rawValue) == true)
                    }
                }
            }
        }
    }

    @Test func atTheSocketEverybodyIsTheAdministrator() async throws {
        try await Desk.open(localAdmin: true) { desk in
            let order = try await desk.place()
            let answer = try await desk.post("/v1/staff/orders/\(order.number)/hold", #"{"reason":"check"}"#)
            #expect(answer.status == 200)
            #expect(answer.json["hold"]?["actor"]?.stringValue == "staff:local")
            #expect(try await desk.get("/v1/staff/tokens").column("name") == ["admin"])
        }
    }

    private func token(_ desk: Desk, _ name: String, _ scopes: Set<Scope>) async throws -> String {
        let credential = StaffCredential.random()
        let token = StaffToken(name: name, scopes: scopes, createdAt: desk.clock.now)
        try #require(try await desk.store.add(token, hash: credential.hash))
        return credential.text
    }

    // MARK: Tokens

    @Test func aTokenIsShownOnceWorksAndEndsWhenRevoked() async throws {
        try await Desk.open { desk in
            let made = try await desk.staff(
                .post, "/v1/staff/tokens", #"{"name":"desk-2","scopes":["orders:read","catalog:write"]}"#)
            #expect(made.status == 201)
            #expect(made.json["scopes"]?.arrayValue?.compactMap(\.stringValue) == ["catalog:write", "orders:read"])
            let text = try #require(made.json["token"]?.stringValue)
            #expect(text.hasPrefix("mrt_") && text.utf8.count == 47)
            let headers: HTTPFields = [.authorization: "bearer \(text)"]
            #expect(try await desk.get("/v1/staff/orders", headers: headers).status == 200)
            let list = try await desk.staff(.get, "/v1/staff/tokens")
            #expect(list.column("name") == ["admin", "desk-2"])
            #expect(!list.body.contains("mrt_"))
            let taken = try await desk.staff(
                .post, "/v1/staff/tokens", #"{"name":"desk-2","scopes":["orders:read"]}"#)
            #expect(taken.status == 409)
            #expect(taken.problem == "name-taken")
            #expect(try await desk.staff(.delete, "/v1/staff/tokens/desk-2").status == 204)
            #expect(try await desk.get("/v1/staff/orders", headers: headers).status == 401)
            #expect(try await desk.staff(.delete, "/v1/staff/tokens/desk-2").status == 404)
        }
    }

    @Test func aTokenWithoutNameOrScopesIsRefused() async throws {
        try await Desk.open { desk in
            let empty = try await desk.staff(.post, "/v1/staff/tokens", "{}")
            #expect(empty.status == 422)
            #expect(empty.errors == ["/name invalid_name", "/scopes required"])
            let unknown = try await desk.staff(
                .post, "/v1/staff/tokens", #"{"name":"a b","scopes":["admin","root"]}"#)
            #expect(unknown.errors == ["/name invalid_name", "/scopes/1 unknown_value"])
            let wrong = try await desk.staff(.post, "/v1/staff/tokens", #"{"name":1,"scopes":[2]}"#)
            #expect(wrong.status == 400)
            #expect(wrong.errors == ["/name wrong_type", "/scopes/0 wrong_type"])
        }
    }
}
