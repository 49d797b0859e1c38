import HTTPTypes
import HummingbirdTesting
import Orders
import TestSupport
import Testing

@testable import Web

/// Bodies that are large, deep or odd are refused quickly, and what is behind them is served.
@Suite(.timeLimit(.hanging)) struct LimitsTests {
    static let rows: [(name: String, body: String, status: Int, says: String)] = [
        ("depth", String(repeating: "[", count: 60_000), 400, "nested deeper than 32 levels"),
        ("depth of objects", String(repeating: #"{"a":"#, count: 10_000), 400, "nested deeper than 32 levels"),
        ("depth within an order", #"{"items":"# + String(repeating: "[", count: 100), 400, "nested deeper"),
        ("a name twice", #"{"items":[],"items":[]}"#, 400, "a member name occurs twice in one object"),
        ("a name twice, once escaped", #"{"items":[],"\u0069tems":[]}"#, 400, "occurs twice"),
        (
            "a quantity of 60,000 digits", order(quantity: String(repeating: "9", count: 60_000)), 422,
            "/items/0/quantity"
        ),
        ("a quantity beyond 2^63", order(quantity: "9223372036854775808"), 422, "/items/0/quantity"),
        ("an exponent", order(quantity: "1e999999999"), 400, "/items/0/quantity"),
        ("a fraction", order(quantity: "1.0"), 400, "/items/0/quantity"),
        ("minus nothing", order(quantity: "-0"), 422, "/items/0/quantity"),
        ("20,000 lines", "{\"items\":[" + String(repeating: "{},", count: 20_000) + "{}]}", 422, "/items"),
        ("10,000 names", "{" + (0..<5000).map { "\"n\($0)\":0," }.joined() + "\"items\":[]}", 422, "/items"),
        (
            "a string of 60,000 letters",
            #"{"items":[{"sku":""# + String(repeating: "A", count: 60_000) + #"","quantity":1}]}"#, 422, "/items/0/sku"
        ),
        ("60,000 spaces", String(repeating: " ", count: 60_000), 400, "invalid_json"),
        ("half a surrogate pair", #"{"items":"\ud800"}"#, 400, "half of a surrogate pair"),
        ("NUL in it", "{\"items\":\0}", 400, "invalid_json"),
        ("a byte-order mark", "\u{FEFF}{}", 400, "invalid_json"),
        ("two values", "{}{}", 400, "something follows"),
    ]

    private static func order(quantity: String) -> String { #"{"items":[{"sku":"A","quantity":\#(quantity)}]}"# }

    @Test(arguments: rows.indices) func anOddBodyIsRefused(index: Int) async throws {
        let row = Self.rows[index]
        try await Desk.open { desk in
            for path in ["/v1/quotes", "/v1/orders"] {
                let answer = try await desk.post(path, row.body)
                #expect(answer.status == row.status, "\(row.name) at \(path)")
                #expect(answer.body.contains(row.says), "\(row.name) at \(path): \(answer.body.prefix(300))")
                #expect(answer.body.utf8.count < 64 << 10)
            }
            #expect(try await desk.place().number.utf8.count == 12)
        }
    }

    @Test func aBodyThatIsNoUTF8IsRefused() async throws {
        try await Desk.open(.live) { desk in
            let connection = try RawSocket(port: try #require(desk.client.port))
            connection.send("POST /v1/quotes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
            connection.send("Content-Length: 4\r\nConnection: close\r\n\r\n")
            await connection.send(bytes: [0x22, 0xC0, 0xAF, 0x22])
            let answer = await connection.rest()
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("not valid UTF-8"))
        }
    }
}
