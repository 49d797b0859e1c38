import Foundation
import Synchronization
import TestSupport

/// A person with a browser, as far as HTTP goes: keeps cookies and sends forms as pages of ours do.
final class PageVisitor: Sendable {
    struct Page: Sendable {
        let status: Int
        let location: String?
        let body: String
    }

    private let port: Int
    private let cookies = Mutex<[String: String]>([:])
    private let token = Mutex("")
    /// What was asked, such as `GET /staff/orders?q=…`.
    let asked: Log<String>

    init(port: Int, asked: Log<String>) {
        self.port = port
        self.asked = asked
    }

    @discardableResult
    func get(_ path: String) async throws -> Page { try await ask("GET", path, nil, type: nil) }

    /// Sends a form with the token of the latest page, as if from that page.
    @discardableResult
    func post(_ path: String, _ fields: KeyValuePairs<String, String>) async throws -> Page {
        let all = [("token", token.withLock { $0 })] + fields.map { ($0.key, $0.value) }
        let body = all.map { Self.encoded($0.0) + "=" + Self.encoded($0.1) }.joined(separator: "&")
        return try await ask("POST", path, body, type: "application/x-www-form-urlencoded")
    }

    /// A form that carries a file.
    @discardableResult
    func post(_ path: String, file: String, named name: String) async throws -> Page {
        let boundary = "mailroom-tests"
        let body = """
            --\(boundary)\r\nContent-Disposition: form-data; name="token"\r\n\r\n\(token.withLock { $0 })\r\n\
            --\(boundary)\r\nContent-Disposition: form-data; name="file"; filename="\(name)"\r\n\
            Content-Type: text/csv\r\n\r\n\(file)\r\n--\(boundary)--\r\n
            """
        return try await ask("POST", path, body, type: "multipart/form-data; boundary=\(boundary)")
    }

    private func ask(_ method: String, _ path: String, _ body: String?, type: String?) async throws -> Page {
        asked.add("\(method) \(path)")
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nAccept: text/html\r\n"
        let pairs = cookies.withLock { $0.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") }
        if !pairs.isEmpty { head += "Cookie: \(pairs)\r\n" }
        if method == "POST" { head += "Sec-Fetch-Site: same-origin\r\n" }
        if let type { head += "Content-Type: \(type)\r\nContent-Length: \(body?.utf8.count ?? 0)\r\n" }
        let connection = try RawSocket(port: port)
        connection.send(head + "\r\n" + (body ?? ""))
        return remember(await connection.rest())
    }

    private func remember(_ answer: String) -> Page {
        let border = answer.range(of: "\r\n\r\n")
        let head = answer[..<(border?.lowerBound ?? answer.endIndex)]
        let body = border.map { String(answer[$0.upperBound...]) } ?? ""
        var location: String?
        for line in head.split(separator: "\r\n").dropFirst() {
            let field = line.split(separator: ":", maxSplits: 1)
            guard field.count == 2 else { continue }
            let value = field[1].trimmingCharacters(in: .whitespaces)
            switch field[0].lowercased() {
            case "location": location = value
            case "set-cookie": keep(value)
            default: break
            }
        }
        if let found = body.firstMatch(of: /name="token" value="([^"]+)"/) {
            token.withLock { $0 = String(found.1) }
        }
        return Page(
            status: Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0, location: location, body: body)
    }

    private func keep(_ field: String) {
        let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
        guard let name = pair.first else { return }
        let isOver = field.contains("Max-Age=0")
        cookies.withLock { $0[name] = isOver ? nil : pair.count == 2 ? pair[1] : "" }
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
