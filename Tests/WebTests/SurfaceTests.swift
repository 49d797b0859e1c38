import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Orders
import TestSupport
import Testing

@testable import Web

/// What holds for every request, whatever it asks.
struct SurfaceTests {
    @Test func anUnknownAddressIsAProblemDocument() async throws {
        try await Desk.open { desk in
            let answer = try await desk.get("/v2/nothing")
            #expect(answer.status == 404)
            #expect(answer.problem == "not-found")
        }
    }

    @Test(arguments: [
        ("DELETE", "/v1/catalog", "GET, HEAD, OPTIONS"), ("GET", "/v1/orders", "OPTIONS, POST"),
        ("PATCH", "/v1/orders/4829-1504-75", "GET, HEAD, OPTIONS"), ("GET", "/v1/webhooks/shipping", "OPTIONS, POST"),
        ("POST", "/v1/staff/orders", "GET, HEAD, OPTIONS"), ("GET", "/v1/staff/orders/search", "OPTIONS, POST"),
        ("TRACE", "/v1/quotes", "OPTIONS, POST"), ("BREW", "/v1/staff/tokens/x", "DELETE, OPTIONS"),
        ("HEAD", "/v1/quotes", "OPTIONS, POST"), ("POST", "/", "GET, HEAD, OPTIONS"),
    ])
    func aWrongMethodIsToldTheRightOnes(method: String, path: String, allowed: String) async throws {
        try await Desk.open { desk in
            let answer = try await desk.send(HTTPRequest.Method(method)!, path)
            #expect(answer.status == 405)
            #expect(answer.problem == "method-not-allowed")
            #expect(answer.headers[.allow] == allowed)
        }
    }

    @Test func optionsListsTheMethodsOfAnAddress() async throws {
        try await Desk.open { desk in
            let answer = try await desk.send(.options, "/v1/orders")
            #expect(answer.status == 204)
            #expect(answer.headers[.allow] == "OPTIONS, POST")
        }
    }

    @Test func headAnswersAsGetWithoutABody() async throws {
        try await Desk.open { desk in
            let get = try await desk.get("/v1/catalog")
            let head = try await desk.send(.head, "/v1/catalog")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.headers[.contentLength] == get.headers[.contentLength])
            #expect(head.headers[.eTag] == get.headers[.eTag])
        }
    }

    @Test func aTargetOverEightKibibytesIsTooLong() async throws {
        try await Desk.open { desk in
            let answer = try await desk.get("/v1/catalog?x=" + String(repeating: "x", count: 8 << 10))
            #expect(answer.status == 414)
            #expect(answer.problem == "uri-too-long")
        }
    }

    @Test func headersOverThirtyTwoKibibytesAreTooLarge() async throws {
        try await Desk.open { desk in
            let answer = try await desk.get("/v1/catalog", headers: [.cookie: String(repeating: "x", count: 32 << 10)])
            #expect(answer.status == 431)
            #expect(answer.problem == "headers-too-large")
        }
    }

    @Test func aSaneRequestIDIsKeptAndAnotherReplaced() async throws {
        try await Desk.open { desk in
            let kept = try await desk.get("/nothing", headers: [.requestID: "abc-DEF_1.2"])
            #expect(kept.headers[.requestID] == "abc-DEF_1.2")
            #expect(kept.json["request_id"]?.stringValue == "abc-DEF_1.2")
            for bad in ["", "a b", "é", String(repeating: "x", count: 129)] {
                let answer = try await desk.get("/nothing", headers: [.requestID: bad])
                #expect(answer.headers[.requestID]?.utf8.count == 16)
                #expect(answer.problem == "not-found")
            }
        }
    }

    @Test func theLogHasTheTemplateAndNeverTheAddress() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.get("/v1/orders/\(order.number)?q=ana@example.org", headers: order.opened)
            _ = try await desk.get("/s/\(order.token)")
            _ = try await desk.staff(.get, "/v1/staff/orders?q=Ana+N%C3%BA%C3%B1ez")
            _ = try await desk.get("/wp-admin/ana@example.org")
            _ = try await desk.send(.delete, "/v1/orders/\(order.number)", headers: [.requestID: "fixed"])
            let lines = desk.journal.all
            let shown = lines.filter { $0.contains("request") }
            #expect(shown.contains { $0.contains("method=GET") && $0.contains("route=/v1/orders/{number} status=200") })
            #expect(shown.contains { $0.contains("route=/s/{token} status=200") })
            #expect(shown.contains { $0.contains("route=none status=404") })
            #expect(
                shown.last?.hasPrefix(
                    "info request duration_ms=0 method=DELETE request_id=fixed route=/v1/orders/{number} status=405 "
                        + "traceparent=00-") == true)
            for secret in [order.token, order.number, "ana", "Ana", "wp-admin", desk.adminToken, "Main St"] {
                #expect(!lines.contains { $0.contains(secret) }, "the log holds \(secret)")
            }
        }
    }

    @Test func everyAnswerCarriesTheSecurityHeaders() async throws {
        try await Desk.open { desk in
            for path in ["/v1/catalog", "/nothing", "/livez", "/s/nothing", "/v1/staff/orders"] {
                let headers = try await desk.get(path).headers
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
                #expect(headers[.strictTransportSecurity] != nil)
                #expect(headers[.cacheControl] == (path == "/v1/catalog" ? "no-cache" : "no-store"))
            }
        }
    }

    @Test func everyProblemKindIsExplained() async throws {
        try await Desk.open { desk in
            for kind in ProblemKind.allCases {
                let answer = try await desk.get("/problems/\(kind.rawValue)")
                #expect(answer.status == 200)
                #expect(answer.body.contains(kind.title))
            }
            #expect(try await desk.get("/problems/other").problem == "not-found")
        }
    }

    @Test func theFrontPageIsTheCatalog() async throws {
        try await Desk.open { desk in
            let answer = try await desk.get("/")
            #expect(answer.status == 200)
            #expect(answer.headers[.link]?.contains("</v1/catalog>") == true)
            for title in try Desk.titles { #expect(answer.body.contains(title.title)) }
        }
    }

    // MARK: Cross-origin

    @Test func aConfiguredSiteMayOrderWithFetch() async throws {
        try await Desk.open(settings: { $0.corsOrigins = ["https://example.org"] }) { desk in
            let preflight = try await desk.send(
                .options, "/v1/orders",
                headers: [.origin: "https://example.org", .accessControlRequestMethod: "POST"])
            #expect(preflight.status == 204)
            #expect(preflight.headers[.accessControlAllowOrigin] == "https://example.org")
            #expect(preflight.headers[.accessControlAllowMethods] == "OPTIONS, POST")
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("Idempotency-Key") == true)
            let refusal = try await desk.post("/v1/orders", "{}", headers: [.origin: "https://example.org"])
            #expect(refusal.status == 422)
            #expect(refusal.headers[.accessControlAllowOrigin] == "https://example.org")
            #expect(refusal.headers[.vary] == "Origin")
        }
    }

    @Test func noOtherSiteAndNoOtherAddressIsOpenedToFetch() async throws {
        try await Desk.open(settings: { $0.corsOrigins = ["https://example.org"] }) { desk in
            let stranger = try await desk.get("/v1/catalog", headers: [.origin: "https://evil.example"])
            #expect(stranger.headers[.accessControlAllowOrigin] == nil)
            #expect(stranger.headers[.vary] == "Origin")
            for path in ["/v1/staff/orders", "/readyz", "/v1/webhooks/shipping"] {
                let answer = try await desk.get(path, headers: [.origin: "https://example.org"])
                #expect(answer.headers[.accessControlAllowOrigin] == nil)
            }
        }
    }
}

/// The one place that turns errors into answers, on errors that no request can provoke.
struct ErrorMappingTests {
    private struct Leak: Error, CustomStringConvertible {
        var description: String { "Ana Núñez, 1 Main St" }
    }

    @Test(arguments: [
        (StoreError.unavailable(reason: "Ana") as any Error, 503, "unavailable"),
        (StoreError.corrupt(detail: "row 7"), 500, "internal-error"), (Leak(), 500, "internal-error"),
        (CancellationError(), 503, "unavailable"),
    ])
    func anErrorIsAnsweredWithoutItsDescription(error: any Error, status: Int, slug: String) async throws {
        let journal = JournalLines()
        let logger = Logger(label: "web") { _ in journal }
        let router = Router(context: WebContext.self)
        router.addMiddleware {
            RequestJournal(clock: FakeClock(), logger: logger, isHTTPS: false)
            ErrorMapping(
                table: RouteTable([]), pages: ErrorPages(press: Press(Organization()), table: RouteTable([])),
                logger: logger)
        }
        router.get("/fails") { _, _ -> Response in throw error }
        try await Application(responder: router.buildResponder(), logger: logger).test(.router) { client in
            let answer = Answer(
                try await client.executeRequest(
                    uri: "/fails", method: .get, headers: [.requestID: "it-7"], body: nil))
            #expect(answer.status == status)
            #expect(answer.problem == slug)
            #expect(!answer.body.contains("Ana") && !answer.body.contains("row 7"))
            #expect((answer.headers[.retryAfter] != nil) == (status == 503))
        }
        #expect(!journal.all.contains { $0.contains("Ana") })
        if status == 500 { #expect(journal.all.contains { $0.contains("request_id=it-7") && !$0.hasPrefix("info") }) }
    }
}
