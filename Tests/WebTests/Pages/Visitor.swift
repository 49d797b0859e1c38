import HTTPTypes
import Orders
import Synchronization
import TestSupport
import Testing

@testable import Web

/// A browser at the desk: keeps cookies, follows nothing by itself, says where its forms come from.
final class Visitor: Sendable {
    let desk: Desk
    private let jar = Mutex<[String: String]>([:])

    init(_ desk: Desk) { self.desk = desk }

    var cookies: [String: String] {
        get { jar.withLock { $0 } }
        set { jar.withLock { $0 = newValue } }
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await ask(.get, path, nil, headers)
    }

    /// Posts a form as a browser does.
    func post(
        _ path: String, _ fields: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [.secFetchSite: "same-origin"]
    ) async throws -> Answer {
        let body = fields.map { Self.encoded($0.key) + "=" + Self.encoded($0.value) }.joined(separator: "&")
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await ask(.post, path, body, headers)
    }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String?, _ more: HTTPFields
    ) async throws -> Answer {
        var headers = more
        headers[.accept] = headers[.accept] ?? "text/html,application/xhtml+xml,*/*;q=0.8"
        let pairs = cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
        if !pairs.isEmpty { headers[.cookie] = pairs }
        let answer = try await desk.send(method, path, body, headers: headers)
        for field in answer.headers[values: .setCookie] {
            let parts = field.split(separator: ";")[0].split(separator: "=", maxSplits: 1).map(String.init)
            jar.withLock { $0[parts[0]] = field.contains("Max-Age=0") ? nil : parts.count == 2 ? parts[1] : "" }
        }
        return answer
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(Unicode.Scalar(byte)) : byte == 32 ? "+" : "%" + (byte < 16 ? "0" : "") + digits
        }.joined()
    }

    // MARK: The way through the pages

    static let address: KeyValuePairs = [
        "name": "Ana María Núñez", "organization": "", "line1": "1 Main St", "line2": "", "city": "Springfield",
        "region": "Illinois", "postal_code": "62701", "continue": "1",
    ]

    func choose(_ prefix: String = "") async throws {
        let answer = try await post(
            prefix + "/order/booklets", ["shown": "A,B,HEAVY", "pick": "A", "pick": "B", "continue": "1"])
        try #require(answer.status == 303 && answer.headers[.location] == prefix + "/order/copies", "\(answer.body)")
    }

    func toCheck(_ prefix: String = "", copies: KeyValuePairs<String, String>? = nil) async throws {
        try await choose(prefix)
        var answer = try await post(
            prefix + "/order/copies", copies ?? ["copies.A": "5", "copies.B": "2", "continue": "1"])
        try #require(answer.headers[.location] == prefix + "/order/address", "\(answer.body)")
        answer = try await post(prefix + "/order/address", Self.address)
        try #require(answer.headers[.location] == prefix + "/order/contact", "\(answer.body)")
        answer = try await post(
            prefix + "/order/contact",
            ["email": "ana@example.org", "phone": "", "requester": "patient", "leave_blank": "", "continue": "1"])
        try #require(answer.headers[.location] == prefix + "/order/check", "\(answer.body)")
    }

    /// - Returns: the path of the status page.
    func send(_ prefix: String = "") async throws -> String {
        let answer = try await post(prefix + "/order/send")
        try #require(answer.status == 303, "\(answer.body)")
        return try #require(answer.headers[.location])
    }

    func draft() async throws -> KeptSheet? {
        let id = try #require(cookies["__Host-draft"])
        return try await desk.store.sheet(DraftID.hash(id), at: desk.clock.now)
    }
}

extension Answer {
    /// The text of the first `h1`.
    var heading: String {
        guard let start = body.firstRange(of: "<h1>"), let end = body.firstRange(of: "</h1>") else { return "" }
        return String(body[start.upperBound..<end.lowerBound])
    }

    /// Refused, with a summary that takes the focus and links to these fields.
    func isRefused(_ fields: [String]) -> Bool {
        status == 422 && body.contains("<title>Error: ")
            && body.contains(#"class="summary" id="summary" tabindex="-1" autofocus"#)
            && fields.allSatisfy { body.contains("<li><a href=\"#\($0)\">") }
            && count("<li><a href=\"#", until: "</ul>\n</div>\n</div>") == fields.count
    }

    private func count(_ part: String, until end: String) -> Int {
        let top = body.firstRange(of: end).map { body[..<$0.lowerBound] } ?? body[...]
        return top.ranges(of: part).count
    }
}
