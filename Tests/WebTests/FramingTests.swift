import Foundation
import HummingbirdTesting
import TestSupport
import Testing

@testable import Web

/// What is read in two ways by two programs is how requests are smuggled past a proxy. Each row is sent over a real
/// connection, and behind it, in the same breath, a request that only runs if the connection goes on.
@Suite(.timeLimit(.hanging)) struct FramingTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let sent: String
        /// The statuses of the answers, in order, without the last request's.
        let statuses: [Int]
        /// Whether what is behind it runs.
        let goesOn: Bool

        var testDescription: String { name }

        /// The connection goes on.
        static func open(_ name: String, _ sent: String, _ statuses: Int...) -> Row {
            Row(name: name, sent: sent, statuses: statuses, goesOn: true)
        }

        /// Nothing behind it is read.
        static func closed(_ name: String, _ sent: String, _ statuses: Int...) -> Row {
            Row(name: name, sent: sent, statuses: statuses, goesOn: false)
        }
    }

    private static let behind = "GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-ID: behind\r\nConnection: close\r\n\r\n"
    /// Understood, and refused with 422: no line.
    private static let body = #"{"items":[]}"#

    private static func quote(_ headers: String, _ body: String = Self.body, version: String = "1.1") -> String {
        "POST /v1/quotes HTTP/\(version)\r\nHost: x\r\nContent-Type: application/json\r\n\(headers)\r\n\r\n\(body)"
    }

    private static func get(_ target: String, _ headers: String = "Host: x\r\n") -> String {
        "GET \(target) HTTP/1.1\r\n\(headers)\r\n"
    }

    private static func chunked(_ body: String) -> String { quote("Transfer-Encoding: chunked", body) }

    static let lengths: [Row] = [
        .open("a length", quote("Content-Length: 12"), 422),
        .open("a length with zeros before it", quote("Content-Length: 0012"), 422),
        .open("a length of a GET", "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 200),
        .closed("a length and chunks", quote("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
        .closed("chunks and a length", quote("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), 400),
        .closed("two equal lengths", quote("Content-Length: 12\r\nContent-Length: 12"), 400),
        .closed("two lengths", quote("Content-Length: 12\r\nContent-Length: 13"), 400),
        .closed("two lengths in one", quote("Content-Length: 12, 12"), 400),
        .closed("a plus", quote("Content-Length: +12"), 400),
        .closed("a minus", quote("Content-Length: -12"), 400),
        .closed("a space within", quote("Content-Length: 1 2"), 400),
        .closed("tabs around", quote("Content-Length:\t12\t"), 400),
        .closed("hexadecimal", quote("Content-Length: 0xc"), 400),
        .closed("an empty length", quote("Content-Length: "), 400),
        .closed("a length over 2^64", quote("Content-Length: 18446744073709551628"), 400),
        .closed("a length over 2^63", quote("Content-Length: 9223372036854775808"), 413),
        .closed("a length over the limit", quote("Content-Length: 9999999999", ""), 413),
    ]

    static let encodings: [Row] = [
        .open("chunks", chunked("c\r\n\(body)\r\n0\r\n\r\n"), 422),
        .open("chunks in capitals", quote("Transfer-Encoding: CHUNKED", "C\r\n\(body)\r\n0\r\n\r\n"), 422),
        .open("chunks of a GET", get("/livez", "Host: x\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 200),
        .open("a header that only looks like it", quote("Transfer_Encoding: chunked\r\nContent-Length: 12"), 422),
        .closed("gzip", quote("Transfer-Encoding: gzip"), 400),
        .closed("gzip and chunks", quote("Transfer-Encoding: gzip, chunked", "c\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("chunks and gzip", quote("Transfer-Encoding: chunked, gzip", "c\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("chunks twice", quote("Transfer-Encoding: chunked, chunked", "c\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed(
            "chunks in two headers", quote("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400
        ),
        .closed("identity", quote("Transfer-Encoding: identity"), 400),
        .closed("identity and a length", quote("Transfer-Encoding: identity\r\nContent-Length: 12"), 400),
        .closed("a word like chunked", quote("Transfer-Encoding: xchunked", "c\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("quotes", quote(#"Transfer-Encoding: "chunked""#, "c\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("a vertical tab", quote("Transfer-Encoding: \u{0B}chunked", "0\r\n\r\n"), 400),
        .closed("a space before the colon", quote("Transfer-Encoding : chunked", "0\r\n\r\n"), 400),
        .closed("a space before the name", quote(" Transfer-Encoding: chunked", "0\r\n\r\n"), 400),
        .closed("chunks for HTTP/1.0", quote("Transfer-Encoding: chunked", "0\r\n\r\n", version: "1.0"), 400),
    ]

    static let chunks: [Row] = [
        .open("an extension", chunked("c;a=b\r\n\(body)\r\n0\r\n\r\n"), 422),
        .open("a trailer", chunked("c\r\n\(body)\r\n0\r\nX-Sum: 1\r\n\r\n"), 422),
        .closed("an extension that ends with LF", chunked("c;a\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("LF instead of CRLF", chunked("c\n\(body)\n0\n\n"), 400),
        .closed("nothing behind the chunk", chunked("c\r\n\(body)0\r\n\r\n"), 400),
        .closed("0x before the size", chunked("0xc\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("a space behind the size", chunked("c \r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("a negative size", chunked("-1\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("a size over 2^64", chunked("FFFFFFFFFFFFFFFFF\r\n\(body)\r\n0\r\n\r\n"), 400),
        .closed("a length among the trailers", chunked("c\r\n\(body)\r\n0\r\nContent-Length: 3\r\n\r\n"), 400),
        .closed(
            "trailers without end", chunked("c\r\n\(body)\r\n0\r\n" + String(repeating: "A: b\r\n", count: 300)), 400),
    ]

    static let heads: [Row] = [
        .open("empty lines before it", "\r\n\r\n" + get("/livez"), 200),
        .open("a value beyond ASCII", get("/livez", "Host: x\r\nX-A: é\r\n"), 200),
        .closed("a folded line", get("/livez", "Host: x\r\nX-A: b\r\n c\r\n"), 400),
        .closed("LF for every line", "GET /livez HTTP/1.1\nHost: x\n\n", 400),
        .closed("LF behind a header", get("/livez", "Host: x\r\nX-A: b\nX-B: c\r\n"), 400),
        .closed("LF for the last line", "GET /livez HTTP/1.1\r\nHost: x\r\n\n", 400),
        .closed("CR in a value", get("/livez", "Host: x\r\nX-A: b\rX-B: c\r\n"), 400),
        .closed("CR for every line", "GET /livez HTTP/1.1\rHost: x\r\r", 400),
        .closed("NUL in a value", get("/livez", "Host: x\r\nX-A: b\0c\r\n"), 400),
        .closed("NUL in a name", get("/livez", "Host: x\r\nX\0A: b\r\n"), 400),
        .closed("a control character in a value", get("/livez", "Host: x\r\nX-A: b\u{1}c\r\n"), 400),
        .closed("a name beyond ASCII", get("/livez", "Host: x\r\nXé: b\r\n"), 400),
        .closed("an empty name", get("/livez", "Host: x\r\n: b\r\n"), 400),
        .closed("no colon", get("/livez", "Host: x\r\nword\r\n"), 400),
        .closed("a space before the colon", get("/livez", "Host: x\r\nX-A : b\r\n"), 400),
        .closed("no Host", get("/livez", ""), 400),
        .closed("two Hosts", get("/livez", "Host: x\r\nHost: y\r\n"), 400),
        .closed("two equal Hosts", get("/livez", "Host: x\r\nhost: x\r\n"), 400),
        .closed("a Host with a path", get("/livez", "Host: x/y\r\n"), 400),
        .closed("a Host with a user", get("/livez", "Host: x@y\r\n"), 400),
        .open("an empty Host", get("/livez", "Host:\r\n"), 200),
        .open("a Host with a port", get("/livez", "Host: [::1]:8080\r\n"), 200),
        .closed("129 headers", get("/livez", "Host: x\r\n" + String(repeating: "A: b\r\n", count: 128)), 431),
        .open("128 headers", get("/livez", "Host: x\r\n" + String(repeating: "A: b\r\n", count: 127)), 200),
    ]

    static let versions: [Row] = [
        .closed("HTTP/0.9", "GET /livez\r\n\r\n", 400),
        .closed("HTTP/1.0", "GET /livez HTTP/1.0\r\n\r\n", 200),
        .closed("HTTP/1.0 that would stay", "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200),
        .closed("HTTP/1.2", "GET /livez HTTP/1.2\r\nHost: x\r\n\r\n", 400),
        .closed("HTTP/2.0", "GET /livez HTTP/2.0\r\nHost: x\r\n\r\n", 400),
        .closed("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        .closed("a TLS hello", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
        .closed(
            "an upgrade", get("/livez", "Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"), 200),
        .closed("a last request", get("/livez", "Host: x\r\nConnection: close\r\n"), 200),
        .closed("a last request in capitals", get("/livez", "Host: x\r\nConnection: Close\r\n"), 200),
        .closed("a last request among others", get("/livez", "Host: x\r\nConnection: keep-alive, close\r\n"), 200),
        .open("three requests", get("/livez") + get("/livez") + get("/livez"), 200, 200, 200),
        .closed("a good one before a bad one", get("/livez") + "FOO / HTTP/1.1\r\n\r\n", 200, 400),
    ]

    static let targets: [Row] = [
        .open("a whole URL", get("http://x/livez"), 200),
        .open("a whole URL of somebody else", get("http://evil.example/livez"), 200),
        .closed("an authority", get("x:80"), 400),
        .closed("CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .open("TRACE", "TRACE /livez HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        .open("the whole server", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        .closed("a star for GET", get("*"), 400),
        .closed("another scheme", get("file:///etc/passwd"), 400),
        .closed("a fragment", get("/livez#x"), 400),
        .closed("no path", get("?x"), 400),
        .closed("a space in it", get("/li vez"), 400),
        .closed("a tab between", "GET\t/livez\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .closed("a space behind", "GET /livez HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
        .closed("a space before", " GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .closed("a method in small letters", "get /livez HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .closed("NUL", get("/livez\0"), 400),
        .closed("beyond ASCII", get("/livéz"), 400),
    ]

    /// Nothing is at any of these: there is one spelling for each address.
    static let paths = [
        "//livez", "/v1//catalog", "//v1/staff/orders", "/v1//staff/orders", "/v1/staff//orders", "/v1/catalog/",
        "/./livez", "/v1/../livez", "/v1/./catalog", "/v1/%2e%2e/livez", "/v1/%2E/catalog", "/v1%2Fcatalog", "/%6civez",
        "/livez%00", "/livez%", "/problems/%zz", "/problems/%ff", "/problems/%c0%ae", "/livez;x=1", "/LIVEZ",
        "/v1/Catalog", "/v1/st%61ff/orders", "/v1\\staff\\orders", "/livez%20", "/livez.",
    ]

    @Test(arguments: lengths + encodings + chunks + heads + versions + targets)
    func aRequestIsReadInOneWayOrNotAtAll(row: Row) async throws {
        try await Desk.open(.live) { desk in
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send(row.sent + Self.behind)
            let answer = await connection.rest()
            let statuses = answer.components(separatedBy: "HTTP/1.").dropFirst().map {
                Int($0.dropFirst(2).prefix(3)) ?? 0
            }
            #expect(statuses.filter { $0 > 0 } == row.statuses + (row.goesOn ? [200] : []))
            #expect(answer.contains("X-Request-ID: behind") == row.goesOn)
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    @Test func anAddressHasOneSpelling() async throws {
        try await Desk.open(.live) { desk in
            let connection = try RawSocket(port: try #require(desk.client.port))
            for path in Self.paths {
                connection.send(Self.get(path))
                let answer = await connection.read(until: "}")
                #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(path) was answered \(answer.prefix(15))")
                #expect(answer.contains(#""type":"/problems/not-found""#))
            }
            // People may put a slash behind what they type.
            connection.send(Self.get("/livez/"))
            #expect(await connection.read(until: "}").hasPrefix("HTTP/1.1 200 "))
        }
    }

    /// Links are made of `public.url` alone.
    @Test func whatTheClientCallsUsAppearsInNoAnswer() async throws {
        try await Desk.open(.live) { desk in
            let form = Desk.form()
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send(
                "POST http://evil.example/v1/orders HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(form.utf8.count)\r\nConnection: close\r\n\r\n"
                    + form)
            let answer = await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 201 "))
            #expect(answer.contains("https://order.example.org/s/"))
            #expect(!answer.contains("evil"))
        }
    }

    // MARK: Expect

    @Test func aBodyIsAskedForWhenItIsRead() async throws {
        try await Desk.open(.live) { desk in
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send(Self.quote("Expect: 100-continue\r\nContent-Length: 12", ""))
            #expect(await connection.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            connection.send(Self.body + Self.behind)
            let answer = await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 422 "))
            #expect(answer.contains("X-Request-ID: behind"))
        }
    }

    @Test(arguments: [
        ("/v1/quotes", "Content-Length: 65537", 413), ("/v1/staff/orders/search", "Content-Length: 12", 401),
        ("/v1/nothing", "Content-Length: 12", 404),
    ])
    func aBodyThatWillNotBeReadIsNotAskedFor(path: String, length: String, status: Int) async throws {
        try await Desk.open(.live) { desk in
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send(
                "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                    + "\(length)\r\n\r\n")
            let answer = await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    @Test func aClientOfHTTP10IsNeverAsked() async throws {
        try await Desk.open(.live) { desk in
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send(Self.quote("Expect: 100-continue\r\nContent-Length: 12", version: "1.0"))
            #expect(await connection.rest().contains(" 422 "))
        }
    }

    @Test func aStreamForHTTP10EndsWithTheConnection() async throws {
        try await Desk.open(.live) { desk in
            let order = try await desk.place()
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send("GET /v1/staff/orders.csv HTTP/1.0\r\nAuthorization: Bearer \(desk.adminToken)\r\n\r\n")
            let answer = await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.0 200 "))
            #expect(!answer.lowercased().contains("transfer-encoding"))
            #expect(answer.hasSuffix("\r\n") && answer.contains("\r\n\(order.number),placed,"))
        }
    }
}
