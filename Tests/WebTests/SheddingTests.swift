import Fulfillment
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import TestSupport
import Testing

@testable import Web

struct SheddingTests {
    @Test func whatIsTooMuchIsTurnedAwayUnreadAndHealthIsAnswered() async throws {
        let backlog = Backlog(limit: 2)
        let read = Log<String>()
        let logger = Logger(label: "web") { _ in JournalLines() }
        let router = Router(context: WebContext.self)
        router.addMiddleware {
            RequestJournal(clock: FakeClock(), logger: logger, isHTTPS: false)
            Shedding(backlog: backlog, pages: ErrorPages(press: Press(Organization()), table: RouteTable([])))
        }
        for path in ["/v1/orders", "/livez", "/readyz"] {
            router.post(RouterPath(path)) { _, _ in
                read.add(path)
                return Response(status: .ok)
            }
        }
        try await Application(responder: router.buildResponder(), logger: logger).test(.router) { client in
            func post(_ path: String) async throws -> Answer {
                Answer(try await client.executeRequest(uri: path, method: .post, headers: [:], body: nil))
            }
            backlog.add(2)
            #expect(try await post("/v1/orders").status == 200)
            backlog.add(1)
            let refused = try await post("/v1/orders")
            #expect(refused.status == 503)
            #expect(refused.problem == "unavailable")
            #expect(refused.headers[.retryAfter] == "1")
            #expect(try await post("/livez").status == 200)
            #expect(try await post("/readyz").status == 200)
            backlog.add(-1)
            #expect(try await post("/v1/orders").status == 200)
        }
        #expect(read.entries == ["/v1/orders", "/livez", "/readyz", "/v1/orders"])
    }
}
