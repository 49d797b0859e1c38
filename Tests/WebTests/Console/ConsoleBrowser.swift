import Foundation
import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

/// A person with a browser at the console, as far as HTTP goes: keeps cookies, fills in forms, follows to the next page.
final class ConsoleBrowser {
    static let password = "correct horse battery"
    static let publicURL = "https://order.example.org"

    let desk: Desk
    var cookies: [String: String] = [:]
    private(set) var page: Answer?

    init(_ desk: Desk) { self.desk = desk }

    /// A desk whose passwords cost nothing, with one account of each role.
    static func open(
        settings change: (inout WebSettings) -> Void = { _ in }, _ test: @Sendable (Desk) async throws -> Void
    ) async throws {
        try await Desk.open(settings: {
            $0.passwordCost = PasswordHash.Cost(logRounds: 4, blockSize: 1, parallelism: 1)
            change(&$0)
        }) { desk in
            let hash = try PasswordHash(of: password, cost: .init(logRounds: 4, blockSize: 1, parallelism: 1)).text
            for role in StaffRole.allCases {
                let account = StaffAccount(
                    name: role.rawValue, email: "\(role.rawValue)@example.org", role: role, createdAt: desk.clock.now)
                try #require(try await desk.store.add(account, password: hash))
            }
            try await test(desk)
        }
    }

    static func signedIn(_ desk: Desk, as role: StaffRole = .staff) async throws -> ConsoleBrowser {
        let browser = ConsoleBrowser(desk)
        let answer = try await browser.signIn("\(role.rawValue)@example.org")
        try #require(answer.status == 303, "\(answer.body)")
        return browser
    }

    // MARK: Asking

    private var headers: HTTPFields {
        var headers: HTTPFields = [.accept: "text/html"]
        if !cookies.isEmpty {
            headers[.cookie] = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: "; ")
        }
        return headers
    }

    private func remember(_ answer: Answer) -> Answer {
        for field in answer.headers[values: .setCookie] {
            let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            let value = pair.count == 2 ? String(pair[1]) : ""
            cookies[String(pair[0])] = field.contains("Max-Age=0") ? nil : value
        }
        page = answer
        return answer
    }

    @discardableResult
    func get(_ path: String) async throws -> Answer {
        remember(try await desk.get(path, headers: headers))
    }

    /// - Parameter token: nil for the one in the page before.
    @discardableResult
    func post(
        _ path: String, _ fields: [(String, String)] = [], token: String? = nil, site: String? = "same-origin",
        origin: String? = nil
    ) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        headers[.init("Sec-Fetch-Site")!] = site
        headers[.origin] = origin
        let body = URLText.query(
            [(name: "token", value: token ?? self.token)] + fields.map { (name: $0.0, value: $0.1) })
        return remember(try await desk.send(.post, path, body, headers: headers))
    }

    /// A form of another kind.
    @discardableResult
    func send(_ path: String, _ body: String, type: String) async throws -> Answer {
        var headers = headers
        headers[.contentType] = type
        headers[.init("Sec-Fetch-Site")!] = "same-origin"
        return remember(try await desk.send(.post, path, body, headers: headers))
    }

    func signIn(_ email: String, _ password: String = password) async throws -> Answer {
        try await get("/staff/sign-in")
        return try await post("/staff/sign-in", [("email", email), ("password", password)])
    }

    // MARK: Reading

    /// The value of the first hidden field of that name in the latest page.
    func hidden(_ name: String) -> String {
        guard let body = page?.body, let start = body.range(of: "name=\"\(name)\" value=\""),
            let end = body[start.upperBound...].firstIndex(of: "\"")
        else { return "" }
        return String(body[start.upperBound..<end]).replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
    }

    var token: String { hidden("token") }

    var session: String? { cookies["__Host-staff"] }

    /// The numbers of the list's rows, in order.
    var rows: [String] {
        (page?.body ?? "").split(separator: "data-row>").dropFirst().map { String($0.prefix { $0 != "<" }) }
    }
}
