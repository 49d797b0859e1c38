import Dispatch
import Foundation
import Fulfillment
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Orders
import TestSupport
import Testing

@testable import Web

/// What only shows on a connection.
struct LiveTests {
    @Test func headAndErrorsKeepTheConnectionUsable() async throws {
        try await Desk.open(.live) { desk in
            let head = try await desk.send(.head, "/v1/catalog")
            #expect(head.body.isEmpty)
            #expect(try await desk.get("/nothing").problem == "not-found")
            #expect(try await desk.send(.delete, "/v1/catalog").problem == "method-not-allowed")
            #expect(try await desk.get("/v1/catalog").status == 200)
            #expect(try await desk.place().number.utf8.count == 12)
        }
    }

    @Test func aBodyThatIsTooLongIsAnsweredBeforeItIsSent() async throws {
        try await Desk.open(.live) { desk in
            let answer = try await RawConnection.exchange(
                try #require(desk.client.port),
                "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 65537\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.lowercased().contains("connection: close"))
            #expect(answer.contains(#""type":"/problems/content-too-large""#))
        }
    }

    @Test func aChunkedBodyIsCountedToo() async throws {
        try await Desk.open(.live) { desk in
            let chunk = "8000\r\n" + String(repeating: " ", count: 0x8000) + "\r\n"
            let answer = try await RawConnection.exchange(
                try #require(desk.client.port),
                "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk + chunk + chunk + "0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func whoHangsUpInTheMiddleOfABodyPlacesNothing() async throws {
        try await Desk.open(.live) { desk in
            let form = Desk.form()
            try await RawConnection.hangUp(
                try #require(desk.client.port), after: Self.request(form).dropLast(20))
            let line = await desk.journal.first()
            #expect(line.contains("status=400"))
            #expect(try await desk.staff(.get, "/v1/staff/orders").column("number") == [])
        }
    }

    @Test func whoHangsUpBeforeTheAnswerHasOrderedAllTheSame() async throws {
        try await Desk.open(.live) { desk in
            try await RawConnection.hangUp(try #require(desk.client.port), after: Self.request(Desk.form())[...])
            let line = await desk.journal.first()
            #expect(line.contains("status=201"))
            #expect(try await desk.staff(.get, "/v1/staff/orders").column("number").count == 1)
        }
    }

    /// What is sent, and the kind of problem it is answered with.
    static let malformed: [(text: String, status: Int, kind: String)] = [
        ("FOO /v1/catalog HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed-request"),
        ("GET /v1/catalog HTTP/9.9\r\nHost: x\r\n\r\n", 400, "malformed-request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nna me: y\r\n\r\n", 400, "malformed-request"),
        ("POST /v1/orders HTTP/1.1\r\nContent-Length: five\r\n\r\n", 400, "malformed-request"),
        (
            "POST /v1/orders HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
            "malformed-request"
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "a", count: 200_000))\r\n\r\n", 431,
            "headers-too-large"
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "A: b\r\n", count: 1500))\r\n", 431,
            "headers-too-large"
        ),
        ("GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414, "uri-too-long"),
    ]

    @Test(arguments: malformed.indices)
    func whatIsNotHTTPIsAnsweredWithAProblemDocument(index: Int) async throws {
        let (text, status, kind) = Self.malformed[index]
        try await Desk.open(.live) { desk in
            let answer = try await RawConnection.exchange(try #require(desk.client.port), text)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.lowercased().contains("content-type: application/problem+json"))
            #expect(answer.lowercased().contains("connection: close"))
            #expect(answer.contains(#""type":"/problems/\#(kind)""#))
            let line = await desk.journal.first()
            #expect(line.contains("malformed request"))
            #expect(line.contains("status=\(status)"))
            #expect(!line.contains("v1") && !line.contains("aaa"))
            let requestID = try #require(line.split(separator: "request_id=").last?.prefix(16))
            #expect(answer.contains("X-Request-ID: \(requestID)"))
            #expect(answer.contains(#""request_id":"\#(requestID)""#))
        }
    }

    @Test func whatCameBeforeTheMalformedRequestIsAnsweredFirst() async throws {
        try await Desk.open(.live) { desk in
            let answer = try await RawConnection.exchange(
                try #require(desk.client.port), "GET /livez HTTP/1.1\r\nHost: x\r\n\r\nFOO / HTTP/1.1\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            let second = try #require(answer.range(of: "HTTP/1.1 400 "))
            #expect(answer[..<second.lowerBound].hasSuffix(#"{"status":"pass"}"#))
            #expect(answer.hasSuffix("}"))
        }
    }

    @Test(arguments: ["/v1/orders", "/v1/catalog"])
    func brokenFramingOfABodyIsAnsweredOnce(path: String) async throws {
        try await Desk.open(.live) { desk in
            let answer = try await RawConnection.exchange(
                try #require(desk.client.port),
                "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")
            #expect(answer.hasPrefix(path == "/v1/orders" ? "HTTP/1.1 400 " : "HTTP/1.1 405 "))
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test func aMethodThatIsKnownElsewhereIsToldWhichFit() async throws {
        try await Desk.open(.live) { desk in
            let answer = try await RawConnection.exchange(
                try #require(desk.client.port),
                "PROPFIND /v1/catalog HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 405 "))
            #expect(answer.lowercased().contains("allow: get"))
        }
    }

    private static func request(_ form: String) -> String {
        "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(form.utf8.count)\r\n\r\n" + form
    }

    @Test func anAddressHasSoManyOrdersAMinute() async throws {
        try await Desk.open(.live, settings: { $0.ordersPerMinute = 2 }) { desk in
            let first = try await desk.post("/v1/orders", Desk.form())
            #expect(first.status == 201)
            #expect(first.headers[HTTPField.Name("RateLimit")!] == "\"orders\";r=1;t=30")
            #expect(try await desk.post("/v1/orders", Desk.form(name: "Bo")).status == 201)
            let third = try await desk.post("/v1/orders", Desk.form(name: "Cy"))
            #expect(third.status == 429)
            #expect(third.problem == "too-many-requests")
            #expect(third.headers[.retryAfter] == "30")
            #expect(try await desk.get("/v1/catalog").status == 200)
            desk.clock.advance(seconds: 30)
            #expect(try await desk.post("/v1/orders", Desk.form(name: "Cy")).status == 201)
        }
    }

    @Test func aTrustedProxyNamesTheClientAndAnotherDoesNot() async throws {
        let forwarded = HTTPField.Name("X-Forwarded-For")!
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
                        "/v1/orders", Desk.form(name: "Reader \(index)"), headers: [forwarded: client])
                    #expect(answer.status == (isBelieved || index == 0 ? 201 : 429))
                }
                // What stands left of the proxy's own word is hearsay: 5.6.7.8 was counted above.
                let again = try await desk.post(
                    "/v1/orders", Desk.form(name: "X"), headers: [forwarded: "7.7.7.7, 5.6.7.8, 127.0.0.1"])
                #expect(again.status == 429)
            }
        }
    }
}

struct RequestBodiesTests {
    /// One byte a second, for ever.
    private struct Drip: AsyncSequence, Sendable {
        let clock: FakeClock

        struct AsyncIterator: AsyncIteratorProtocol {
            let clock: FakeClock

            func next() async throws -> ByteBuffer? {
                clock.advance(seconds: 1)
                return ByteBuffer(string: " ")
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(clock: clock) }
    }

    @Test func aBodyThatDripsIsCutOff() async throws {
        try await Desk.open { desk in
            let clock = FakeClock()
            let start = clock.uptimeMilliseconds
            let parts = WebParts(
                store: desk.store, verifier: .init(secrets: []),
                settings: WebSettings(publicURL: "", rules: OrderRules(weightLimit: Desk.limit, countries: [])),
                clock: clock, logger: Logger(label: "web"), readiness: [])
            let request = Request(
                head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/"),
                body: RequestBody(asyncSequence: Drip(clock: clock)))
            let problem = await #expect(throws: Problem.self) { try await RequestBodies(parts).bytes(of: request) }
            #expect(problem?.kind == .requestTimeout)
            #expect(clock.uptimeMilliseconds - start == 11_000)
        }
    }
}

/// A connection as bytes, for clients that do not behave.
enum RawConnection {
    /// Sends the text and reads until the server closes.
    static func exchange(_ port: Int, _ text: String) async throws -> String {
        try await onItsOwnThread {
            let descriptor = try connect(port)
            defer { close(descriptor) }
            send(text[...], to: descriptor)
            var answer: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                answer += buffer[..<count]
            }
            return String(decoding: answer, as: UTF8.self)
        }
    }

    static func hangUp(_ port: Int, after text: Substring) async throws {
        try await onItsOwnThread {
            let descriptor = try connect(port)
            send(text, to: descriptor)
            close(descriptor)
        }
    }

    private static func onItsOwnThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
        }
    }

    private static func connect(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
        return descriptor
    }

    private static func send(_ text: Substring, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
