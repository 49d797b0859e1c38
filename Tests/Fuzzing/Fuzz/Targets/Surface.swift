import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Orders
import SQLiteStore
import Synchronization
import TestSupport
import Web

extension FuzzTarget {
    /// A whole request: method and target on the first line, headers up to an empty line, then the body. Whatever it
    /// is, no answer says that we failed, and every refusal is a problem document.
    static let surface = FuzzTarget(
        "surface",
        seeds: [
            "POST /v1/orders\ncontent-type: application/json\nidempotency-key: \"k\"\n\n"
                + #"{"items":[{"sku":"A","quantity":1}],"ship_to":{"name":"A","line1":"b","city":"c","region":"IL","postal_code":"62701"}}"#,
            "GET /v1/staff/orders?status=placed&q=ana%20mar&placed_from=2026-09-01&placed_to=2026-09-30&limit=5&cursor=AQ\n\n",
            "GET /v1/staff/orders.csv?q=%22*&flag=near_limit\n\n", "GET /v1/staff/deliveries?state=pending&limit=0\n\n",
            "POST /v1/staff/orders/search\ncontent-type: application/json\n\n"
                + #"{"q":"NEAR(a b)","status":["placed"]}"#,
            "PUT /v1/staff/catalog/A-1\ncontent-type: application/json\n\n"
                + #"{"title":"t","language":"en","format":"f","unit_weight":{"value":3.2,"unit":"oz"},"max_quantity":5,"available":true}"#,
            "POST /v1/staff/catalog/import?dry_run=true\ncontent-type: text/csv\n\nsku,title\n",
            "GET /v1/orders/4829-1504-75\nauthorization: Bearer x\n\n", "HEAD /s/%C3%28\n\n", "GET /v1//orders\n\n",
            "POST /v1/webhooks/shipping\nwebhook-id: a\nwebhook-timestamp: 1\nwebhook-signature: v1,x\n\n{}",
            "POST /v1/quotes\ncontent-type: application/json\n\n" + #"{"items":[{"sku":"A","quantity":1000000}]}"#,
            "OPTIONS /v1/orders\norigin: https://example.org\naccess-control-request-method: POST\n\n",
            "POST /order/booklets\ncontent-type: application/x-www-form-urlencoded\nsec-fetch-site: same-origin\n\n"
                + "shown=A%2CB&pick=A&continue=1",
            "POST /es/order/address\ncontent-type: application/x-www-form-urlencoded\nsec-fetch-site: same-origin\n"
                + "cookie: __Host-draft=wkI7bq0Xh1cUeGZl4q0m9m5sE2v7r8aA\n\nname=a&region=PR&switch=1",
            "POST /staff/sign-in\ncontent-type: application/x-www-form-urlencoded\nsec-fetch-site: same-origin\n\n"
                + "email=ana%40example.org&password=x&token=y",
            "POST /staff/orders/4829-1504-75/hold\ncontent-type: application/x-www-form-urlencoded\norigin: null\n\n"
                + "reason=x", "GET /staff/orders?view=all&after=AQ&from=2026-11-01\ncookie: __Host-staff=x\n\n",
            "GET /problems/../x?y=%\nif-none-match: \"1\", W/\"2\"\nx-request-id: a b\n\n",
        ],
        words: [
            "%00", "%2F", "..", "//", "?", "&", "=", "/v1/staff/", "/v1/", "/staff/", "/order/", "/es", "*", "cursor=",
            "limit=", "status=", "q=",
            "content-type: ", "if-match: ", "idempotency-key: ", "text/csv", "application/json; charset=utf-8", "null",
        ]
    ) { bytes in
        guard let request = request(bytes) else { return }
        let answer = try blocking { try await Self.answer(to: request) }
        try require(answer.status != 500 && answer.status != 503, "\(request.head.method) answered \(answer.status)")
        guard answer.status >= 400, request.head.method != .head else { return }
        guard let json = try? JSONReader.read(answer.body) else {
            return try require(answer.mediaType.hasPrefix("text/html"), "\(answer.status) without a problem document")
        }
        try require(answer.mediaType == "application/problem+json", "\(answer.status) as \(answer.mediaType)")
        try require(json["status"] == .number(String(answer.status)), "the document states another status")
        try require(json["detail"]?.stringValue?.isEmpty == false, "a problem without a detail")
    }

    private struct Answer: Sendable {
        let status: Int
        let mediaType: String
        let body: [UInt8]
    }

    private static func request(_ bytes: [UInt8]) -> Request? {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let start = String(decoding: lines[0], as: UTF8.self).split(separator: " ", maxSplits: 1)
        // Only what the HTTP parser in front lets through.
        guard start.count == 2, let method = HTTPRequest.Method(String(start[0])), start[1].hasPrefix("/"),
            start[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        var fields = HTTPFields()
        let head = lines.dropFirst().prefix { !$0.isEmpty }
        for line in head {
            let parts = String(decoding: line, as: UTF8.self).split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let name = HTTPField.Name(String(parts[0])),
                HTTPField.isValidValue(String(parts[1]))
            else { return nil }
            fields.append(HTTPField(name: name, value: String(parts[1].drop { $0 == " " })))
        }
        fields[.contentLength] = nil
        let body = lines.dropFirst(1 + head.count + 1).joined(separator: [0x0A])
        return Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: String(start[1]), headerFields: fields),
            body: RequestBody(buffer: ByteBuffer(bytes: body)))
    }

    private static func answer(to request: Request) async throws -> Answer {
        let context = WebContext(source: .init(channel: NIOAsyncTestingChannel(), logger: Logger(label: "http")))
        let isLocal = (request.head.path ?? "").hasPrefix("/v1/staff")
        let response = try await (isLocal ? doors.local : doors.open).respond(to: request, context: context)
        let body = CollectedBody()
        try await response.body.write(body)
        return Answer(
            status: response.status.code, mediaType: response.headers[.contentType] ?? "none", body: body.bytes)
    }

    private final class CollectedBody: ResponseBodyWriter, Sendable {
        private let collected = Mutex<[UInt8]>([])
        var bytes: [UInt8] { collected.withLock { $0 } }

        func write(_ buffer: ByteBuffer) async throws { collected.withLock { $0 += buffer.readableBytesView } }
        func finish(_ trailers: HTTPFields?) async throws {}
    }

    private static let folder: TemporaryFolder? = try? TemporaryFolder()

    private struct Doors: Sendable {
        let open: any HTTPResponder<WebContext>
        /// With an administrator's rights, so that what staff send is read too.
        let local: any HTTPResponder<WebContext>
    }

    private static let doors: Doors = {
        do {
            let path = (folder?.path ?? "") + "/orders.db"
            let store = try blocking {
                _ = try OrderDatabase.migrate(path: path)
                let store = try OrderDatabase.open(path: path, queueLimit: 100)
                _ = try await store.put([SampleOrders.title("A"), SampleOrders.title("B")])
                return store
            }
            let limit = StatedWeight(millionths: 20_000_000, unit: .pound)
            let settings = WebSettings(
                publicURL: "https://order.example.org", rules: OrderRules(weightLimit: limit, countries: ["US"]))
            let parts = WebParts(
                store: store, verifier: WebhookVerifier(secrets: [.random()]), settings: settings,
                clock: SystemClock(), logger: Logger(label: "web") { _ in SwiftLogNoOpLogHandler() }, readiness: [])
            return Doors(
                open: WebRouter.build(parts, localAdmin: false), local: WebRouter.build(parts, localAdmin: true))
        } catch {
            fatalError("no surface to ask: \(error)")
        }
    }()
}
