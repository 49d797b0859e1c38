import Fulfillment
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Orders
import SQLiteStore
import Synchronization
import TestSupport
import Testing
import Tracing
import Web

/// The whole surface as a client meets it, over a database file of its own.
struct Desk: Sendable {
    let client: any TestClientProtocol
    let store: any Store
    let clock: FakeClock
    let journal: JournalLines
    /// A live token with every scope.
    let adminToken: String
    let houseSecret: WebhookSecret
    let parts: WebParts
    let databasePath: String
    /// What the program does last: no write is taken any more.
    let closeStore: @Sendable () async -> Void

    static let now = Timestamp(milliseconds: 1_790_000_000_000)
    static let limit = StatedWeight(millionths: 20_000_000, unit: .pound)

    /// - Parameter setup: `.router` asks the router directly, `.live` over a connection.
    static func open(
        _ setup: TestingSetup = .router, localAdmin: Bool = false, readiness: [NamedCheck] = [],
        tracer: any Tracer = NoOpTracer(),
        settings change: (inout WebSettings) -> Void = { _ in }, _ test: @Sendable (Desk) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/orders.db"
        _ = try OrderDatabase.migrate(path: path)
        let store = try OrderDatabase.open(path: path, queueLimit: 100)
        _ = try await store.put(titles)
        let credential = StaffCredential.random()
        _ = try await store.add(
            StaffToken(name: "admin", scopes: [.admin], createdAt: now), hash: credential.hash)
        let secret = WebhookSecret.random()
        let clock = FakeClock(now)
        let journal = JournalLines()
        var settings = WebSettings(
            publicURL: "https://order.example.org", rules: OrderRules(weightLimit: limit, countries: ["US"]))
        change(&settings)
        let parts = WebParts(
            store: store, verifier: WebhookVerifier(secrets: [secret]), settings: settings, clock: clock,
            logger: Logger(label: "web") { _ in journal }, readiness: readiness, tracer: tracer)
        var logger = Logger(label: "http")
        logger.logLevel = .critical
        let application = Application(
            responder: WebRouter.build(parts, localAdmin: localAdmin), server: WebRouter.server(parts), logger: logger)
        let closed = Gate()
        do {
            try await application.test(setup) { client in
                try await test(
                    Desk(
                        client: client, store: store, clock: clock, journal: journal, adminToken: credential.text,
                        houseSecret: secret, parts: parts, databasePath: path,
                        closeStore: {
                            closed.open()
                            await store.close()
                        }))
            }
        } catch {
            if !closed.isOpen { await store.close() }
            throw error
        }
        if !closed.isOpen { await store.close() }
        withExtendedLifetime(folder) {}
    }

    static func title(_ sku: String, _ weight: String, max: Int = 100, available: Bool = true) throws -> Title {
        Title(
            sku: sku, title: "About \(sku)", language: "en", format: "booklet", description: nil,
            unitWeight: try #require(StatedWeight(parsing: weight)), maxQuantity: max, available: available,
            pdfURL: nil)
    }

    static var titles: [Title] {
        get throws {
            [
                try title("A", "3.2 oz"), try title("B", "6.4 oz", max: 50), try title("HEAVY", "5 lb"),
                try title("OUT", "1 oz", available: false),
            ]
        }
    }

    // MARK: Asking

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return Answer(
            try await client.executeRequest(
                uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }))
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    func post(_ path: String, _ body: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.post, path, body, headers: headers)
    }

    /// With the administrator's token.
    func staff(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        headers[.authorization] = "Bearer \(adminToken)"
        return try await send(method, path, body, headers: headers)
    }

    /// Places an order that must be accepted.
    func place(
        items: String = #"[{"sku":"A","quantity":5}]"#, name: String = "Ana María Núñez", city: String = "Springfield",
        email: String = "ana@example.org", language: String = "en"
    ) async throws -> PlacedOrder {
        let answer = try await post(
            "/v1/orders",
            Self.form(items: items, name: name, city: city, email: email, language: language))
        try #require(answer.status == 201, "\(answer.body)")
        return PlacedOrder(
            number: try #require(answer.json["number"]?.stringValue),
            token: try #require(answer.json["status_token"]?.stringValue))
    }

    static func form(
        items: String = #"[{"sku":"A","quantity":5}]"#, name: String = "Ana María Núñez", city: String = "Springfield",
        email: String = "ana@example.org", language: String = "en"
    ) -> String {
        """
        {"items":\(items),"ship_to":{"name":"\(name)","organization":null,"line1":"1 Main St","line2":null,\
        "city":"\(city)","region":"IL","postal_code":"62701","country":"US","phone":null},\
        "email":"\(email)","requester_type":"patient","language":"\(language)","notes":null}
        """
    }

    /// What the house says, signed as it signs.
    func house(_ body: String, id: String = "msg_house_1", at time: Timestamp? = nil) async throws -> Answer {
        try await post("/v1/webhooks/shipping", body, headers: signature(of: body, id: id, at: time))
    }

    func signature(of body: String, id: String = "msg_house_1", at time: Timestamp? = nil) -> HTTPFields {
        let signer = WebhookSigner(secrets: [houseSecret])
        var headers: HTTPFields = [:]
        for (name, value) in signer.headers(id: id, at: time ?? clock.now, body: Array(body.utf8)) {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        return headers
    }
}

struct PlacedOrder: Sendable {
    let number: String
    let token: String

    var opened: HTTPFields { [.authorization: "Bearer \(token)"] }
}

/// An answer, taken apart.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String
    let json: JSONValue

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        body = String(buffer: response.body)
        json = (try? JSONReader.read(Array(body.utf8))) ?? .null
    }

    /// The last part of a problem document's type; empty for any other answer.
    var problem: String {
        guard headers[.contentType] == "application/problem+json", json["status"]?.intValue == status,
            json["request_id"]?.stringValue == headers[.requestID], json["title"]?.stringValue != nil,
            json["detail"]?.stringValue != nil, let type = json["type"]?.stringValue, type.hasPrefix("/problems/")
        else { return "" }
        return String(type.dropFirst("/problems/".count))
    }

    /// `pointer code` of each entry of `errors`.
    var errors: [String] {
        (json["errors"]?.arrayValue ?? []).map {
            "\($0["pointer"]?.stringValue ?? "?") \($0["code"]?.stringValue ?? "?")"
        }
    }

    /// The numbers or ids of a list's rows.
    func column(_ name: String) -> [String] {
        (json["data"]?.arrayValue ?? []).map { $0[name]?.stringValue ?? "?" }
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("X-Request-ID")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
    static let link = HTTPField.Name("Link")!
}

/// Keeps every line of the log.
struct JournalLines: LogHandler {
    private let lines = Log<String>()

    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted()
        lines.add("\(event.level) \(event.message) " + pairs.joined(separator: " "))
    }

    var all: [String] { lines.entries }

    /// Waits for the first line that is not for debugging.
    func first() async -> String {
        var count = 1
        while true {
            let written = await lines.first(count)
            if let line = written.first(where: { !$0.hasPrefix("debug") }) { return line }
            count = written.count + 1
        }
    }
}
