import Foundation
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
            let answer = try await RawSocket.exchange(
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
            let answer = try await RawSocket.exchange(
                try #require(desk.client.port),
                "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk + chunk + chunk + "0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func whoHangsUpInTheMiddleOfABodyPlacesNothing() async throws {
        try await Desk.open(.live) { desk in
            let form = Desk.form()
            try RawSocket.hangUp(
                try #require(desk.client.port), after: Self.request(form).dropLast(20))
            let line = await desk.journal.first()
            #expect(line.contains("status=400"))
            #expect(try await desk.staff(.get, "/v1/staff/orders").column("number") == [])
        }
    }

    @Test func whoHangsUpBeforeTheAnswerHasOrderedAllTheSame() async throws {
        try await Desk.open(.live) { desk in
            try RawSocket.hangUp(try #require(desk.client.port), after: Self.request(Desk.form())[...])
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
            let answer = try await RawSocket.exchange(try #require(desk.client.port), text)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.lowercased().contains("content-type: application/problem+json"))
            #expect(answer.lowercased().contains("connection: close"))
            #expect(answer.contains(#""type":"/problems/\#(kind)""#))
            let line = await desk.journal.first()
            #expect(line.contains("malformed request"))
            #expect(line.contains("status=\(status)"))
            // A request id may have some a's of its own.
            #expect(!line.contains("v1") && !line.contains(String(repeating: "a", count: 17)))
            let requestID = try #require(line.split(separator: "request_id=").last?.prefix(16))
            #expect(answer.contains("X-Request-ID: \(requestID)"))
            #expect(answer.contains(#""request_id":"\#(requestID)""#))
        }
    }

    @Test func whatCameBeforeTheMalformedRequestIsAnsweredFirst() async throws {
        try await Desk.open(.live) { desk in
            let answer = try await RawSocket.exchange(
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
            let answer = try await RawSocket.exchange(
                try #require(desk.client.port),
                "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")
            #expect(answer.hasPrefix(path == "/v1/orders" ? "HTTP/1.1 400 " : "HTTP/1.1 405 "))
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test func whoReadsNothingIsReset() async throws {
        let change: @Sendable (inout WebSettings) -> Void = {
            $0.patience.stalled = .milliseconds(200)
            $0.patience.lookEvery = .milliseconds(20)
        }
        // Of one short answer the system has taken all; of many, not even the server got rid of all.
        for count in [1, 2000] {
            try await Desk.open(.live, settings: change) { desk in
                let deaf = try RawSocket(port: try #require(desk.client.port), receiveBufferBytes: 1)
                let get = "GET /v1/catalog HTTP/1.1\r\nHost: x\r\n\r\n"
                Task { await deaf.send(bytes: Array(String(repeating: get, count: count * 20).utf8)) }
                #expect(await deaf.isReset())
            }
        }
    }

    @Test func slowClientsAreCutOffOverARealConnection() async throws {
        let change: @Sendable (inout WebSettings) -> Void = {
            $0.patience.head = .milliseconds(100)
            $0.patience.body = .milliseconds(100)
            $0.patience.idle = .milliseconds(100)
            $0.patience.parting = .milliseconds(100)
            $0.patience.lookEvery = .milliseconds(20)
        }
        try await Desk.open(.live, settings: change) { desk in
            let port = try #require(desk.client.port)
            let post = "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            for (sent, start) in [
                ("", ""), ("GET /livez HT", "HTTP/1.1 408 "), ("\r\n", "HTTP/1.1 408 "),
                (post + "Content-Length: 9\r\n\r\n", "HTTP/1.1 408 "),
                (post + "Transfer-Encoding: chunked\r\n\r\n5\r\n{", "HTTP/1.1 408 "),
            ] {
                let answer = try await RawSocket.exchange(port, sent)
                #expect(answer.hasPrefix(start) && answer.isEmpty == start.isEmpty)
                #expect(answer.contains("Connection: close") == !start.isEmpty)
            }
        }
    }

    @Test func whoHalfClosesIsAnsweredAndLetGo() async throws {
        try await Desk.open(.live) { desk in
            let port = try #require(desk.client.port)
            for (sent, status) in [
                ("", ""), ("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "), ("GET /li", "HTTP/1.1 400 "),
                (String(Self.request(Desk.form()).dropLast(5)), "HTTP/1.1 400 "),
            ] {
                let connection = try RawSocket(port: port)
                connection.send(sent)
                connection.halfClose()
                let answer = await connection.rest()
                #expect(answer.hasPrefix(status) && answer.isEmpty == status.isEmpty)
            }
        }
    }

    @Test func aMethodThatIsKnownElsewhereIsToldWhichFit() async throws {
        try await Desk.open(.live) { desk in
            let answer = try await RawSocket.exchange(
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
}

extension RawSocket {
    /// Sends the text and reads until the server closes.
    static func exchange(_ port: Int, _ text: String) async throws -> String {
        let connection = try RawSocket(port: port)
        connection.send(text)
        return await connection.rest()
    }

    static func hangUp(_ port: Int, after text: Substring) throws {
        let connection = try RawSocket(port: port)
        connection.send(String(text))
        connection.close()
    }
}
