import Foundation
import HTTPTypes
import HummingbirdTesting
import Orders
import TestSupport
import Testing

@testable import Web

/// Text of strangers stays text, wherever it goes.
@Suite(.timeLimit(.hanging)) struct EscapingTests {
    /// What would mean something to SQL, to FTS5, to a spreadsheet, to HTML, to a header or a terminal, if it got there
    /// as it is. All of it is a possible name.
    static let texts = [
        "Robert'); DROP TABLE orders;--", "' OR 1=1 --", "\\' OR TRUE", "%' AND name LIKE '_%", "x' || (SELECT 1) || '",
        "\"", "\"\"", "'", "*", "Ana*", "NEAR(Ana Bo, 5)", "recipient:Ana", "{recipient city}: Ana", "^Ana", "-Ana",
        "Ana OR Bo", "Ana AND Bo", "Ana NOT Bo", "NOT Ana", "(Ana", "Ana)", "((((", "Ana + Bo", "\"Ana Bo\"", "Ana\"*",
        "rowid:1", "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(\"http://x\",\"y\")", "＝1+1", "＋1", "－1", "＠x",
        "\"=1+1", "'=1+1", "=cmd|' /C calc'!A0", "a;b,c\"d",
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
        "\"><b>", "{{number}}", "{{{number}}}", "{{#items}}", "&lt;b&gt;", "${jndi:ldap://x}", "%0d%0aSet-Cookie: a=b",
        "%n%s%x", "../../etc/passwd", "a,b;c", "null", "true", "\\u0000", "ＡＮＡ", "ﬁ", "Zoë O’Hara-Lee", "👩‍👩‍👧",
    ]

    private static func escaped(_ text: String) -> String {
        text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    @Test func noNameIsMoreThanAName() async throws {
        try await Desk.open { desk in
            var numbers: [String: String] = [:]
            for text in Self.texts {
                let order = try await desk.place(name: Self.escaped(text), city: Self.escaped(text))
                numbers[text] = order.number
                let detail = try await desk.staff(.get, "/v1/staff/orders/\(order.number)")
                #expect(detail.json["ship_to"]?["name"]?.stringValue == text.precomposedStringWithCanonicalMapping)
                let page = try await desk.get("/s/\(order.token)").body
                for mark in ["<script>alert", "<img src", "\"><b>"] { #expect(!page.contains(mark)) }
            }
            // Every order is still there, and each is a row of its own.
            let list = try await desk.staff(.get, "/v1/staff/orders?limit=200")
            #expect(Set(list.column("number")) == Set(numbers.values))
            for line in desk.journal.all {
                for text in ["DROP TABLE", "SELECT", "script", "jndi", "HYPERLINK"] { #expect(!line.contains(text)) }
            }
        }
    }

    /// A search means the words of the text and nothing else, whichever way it is sent.
    @Test func noSearchIsMoreThanItsWords() async throws {
        try await Desk.open { desk in
            let ana = try await desk.place(name: "Ana Bo", city: "Near Orchard")
            _ = try await desk.place(name: "Cy Dee", city: "Elsewhere")
            let words = ["ana", "bo", "near", "orchard"]
            for text in Self.texts + ["Ana\0", "\0", "Ana\nBo", "Ana\u{202E}Bo", String(repeating: "(", count: 100)] {
                let byBody = try await desk.staff(.post, "/v1/staff/orders/search", #"{"q":"\#(Self.escaped(text))"}"#)
                let encoded = Self.percentEncoded(text)
                let byQuery = try await desk.staff(.get, "/v1/staff/orders?q=\(encoded)")
                let sheet = try await desk.staff(.get, "/v1/staff/orders.csv?q=\(encoded)")
                #expect(byBody.status == 200 && byQuery.status == 200 && sheet.status == 200, "\(text)")
                #expect(byBody.column("number") == byQuery.column("number"))
                let asked = SearchText.words(of: text)
                guard !asked.isEmpty, text.contains(where: { $0.isLetter }), !text.contains("@") else { continue }
                let fits = asked.allSatisfy { word in words.contains { $0.hasPrefix(word) } }
                #expect(byQuery.column("number") == (fits ? [ana.number] : []), "\(text)")
            }
            #expect(try await desk.staff(.get, "/v1/staff/orders").column("number").count == 2)
        }
    }

    @Test func noCellOfASheetIsAFormula() async throws {
        try await Desk.open { desk in
            for text in Self.texts { _ = try await desk.place(name: Self.escaped(text), city: Self.escaped(text)) }
            let sheet = try await desk.staff(.get, "/v1/staff/orders.csv").body
            let rows = try CSV.rows(Array(sheet.utf8))
            #expect(rows.count == Self.texts.count + 1)
            for row in rows {
                #expect(row.count == rows[0].count)
                for cell in row {
                    let first = cell.unicodeScalars.first { $0 != " " && $0 != "\"" }
                    #expect(!"=+-@\t\r＝＋－＠".unicodeScalars.contains(first ?? "x"), "\(cell)")
                }
            }
        }
    }

    @Test func noHeaderTakesALineOfItsOwn() async throws {
        try await Desk.open(.live, settings: { $0.corsOrigins = ["https://example.org"] }) { desk in
            for index in 0..<3 { _ = try await desk.place(name: "Ana \(index)") }
            let evil = "ana%0d%0aSet-Cookie:%20a=b%00%E2%80%AE%3Cb%3E%22"
            let list = try await desk.staff(.get, "/v1/staff/orders?limit=1&placed_from=&q=ana&x=\(evil)")
            let link = try #require(list.headers[.link])
            #expect(link.hasPrefix("<") && link.hasSuffix(#">; rel="next""#))
            #expect(!link.dropFirst().dropLast(14).contains { "<>\" \r\n".contains($0) })
            #expect(list.headers[.setCookie] == nil)
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send(
                "GET /v1/catalog HTTP/1.1\r\nHost: x\r\nOrigin: https://example.org\u{E9}\r\nConnection: close\r\n"
                    + "X-Request-ID: a\u{2028}b\r\nX-Request-ID: c\r\n\r\n")
            let answer = await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(!answer.contains("\u{2028}") && !answer.contains("\u{E9}"))
            #expect(!answer.lowercased().contains("access-control-allow-origin"))
        }
    }

    /// Whatever a stranger chooses of a request is in no line of the log, but for a request id of harmless letters.
    @Test func nothingAStrangerChoosesReachesTheLog() async throws {
        try await Desk.open(.live) { desk in
            let port = try #require(desk.client.port)
            let mark = "zzmarkzz"
            let sent = [
                "GET /\(mark)?\(mark)=\(mark) HTTP/1.1\r\nHost: \(mark)\r\nUser-Agent: \(mark)\r\n",
                "GET /v1/orders/\(mark) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(mark)\r\nCookie: \(mark)\r\n",
                "GET /s/\(mark)%0aERROR%1b HTTP/1.1\r\nHost: x\r\nReferer: http://\(mark)/\r\n",
                "GET /problems/\(mark) HTTP/1.1\r\nHost: x\r\nX-Request-ID: \(mark)\u{1F}x\r\n",
                "\(mark) / HTTP/1.1\r\nHost: x\r\n", "GET / HTTP/1.1\r\n\(mark): \(mark)\r\n\(mark)\r\n",
                "GET / HTTP/1.1\r\nHost: \(mark)/\r\n",
                "POST /v1/webhooks/shipping HTTP/1.1\r\nHost: x\r\n"
                    + "Content-Length: 0\r\nwebhook-id: \(mark)\r\nwebhook-signature: \(mark)\r\nwebhook-timestamp: 1\r\n",
                "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/\(mark)\r\nContent-Length: 0\r\n",
            ]
            for text in sent {
                let connection = try RawSocket(port: port)
                connection.send(text + "Connection: close\r\n\r\n")
                #expect(await connection.rest().hasPrefix("HTTP/1.1 4"))
            }
            #expect(desk.journal.all.count >= sent.count)
            #expect(!desk.journal.all.contains { $0.contains(mark) })
            // The control: what may be there is seen.
            _ = try await desk.get("/nothing", headers: [.requestID: mark])
            #expect(desk.journal.all.contains { $0.contains("request_id=\(mark)") })
        }
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }.joined()
    }
}

extension CSV {
    /// The cells of a sheet, read by the rules of RFC 4180 and nothing of our own.
    fileprivate static func rows(_ bytes: [UInt8]) throws -> [[String]] {
        var (rows, row, cell, isQuoted) = ([[String]](), [String](), [UInt8](), false)
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && rest.first == byte:
                cell.append(byte)
                rest.removeFirst()
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted, UInt8(ascii: "\n") where !isQuoted:
                row.append(String(decoding: cell, as: UTF8.self))
                cell = []
                if byte == UInt8(ascii: "\n") {
                    rows.append(row)
                    row = []
                }
            case UInt8(ascii: "\r") where !isQuoted: break
            default: cell.append(byte)
            }
        }
        try #require(!isQuoted && row.isEmpty && cell.isEmpty)
        return rows
    }
}
