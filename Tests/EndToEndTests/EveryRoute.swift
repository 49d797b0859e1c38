import CurlTransport
import Foundation
import Fulfillment
import Orders
import TestSupport

/// Drives a running server through all it can be asked, rightly and wrongly, with a value of its own in every place
/// that takes one.
struct EveryRoute: Sendable {
    struct Refusal: Sendable {
        let what: String
        let status: Int
        let body: String
    }

    let deployment: Deployment
    let server: RunningServer
    let said: Said
    let refusals = Log<Refusal>()
    /// Every request, such as `GET /v1/catalog`.
    let asked = Log<String>()

    typealias Headers = [(name: String, value: String)]

    // MARK: Asking

    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String? = nil, _ headers: Headers = []) async throws -> Answered
    {
        asked.add("\(method) \(path)")
        var headers = headers
        if body != nil, !headers.contains(where: { $0.name == "Content-Type" }) {
            headers.append(("Content-Type", "application/json"))
        }
        // What every client may send besides.
        headers += [
            ("User-Agent", said.value("agent")), ("Cookie", said.value("cookie")), ("Referer", said.value("referer")),
            ("X-Forwarded-For", said.value("forwarded")), ("Accept-Language", said.value("language")),
            (said.value("headername"), "1"),
        ]
        let response = try await deployment.client.post(
            WebhookRequest(
                method: method, url: server.url + path, headers: headers, body: Array((body ?? "").utf8),
                responseLimitBytes: 1 << 20))
        let text = String(decoding: response.body, as: UTF8.self)
        if response.status >= 400 {
            refusals.add(Refusal(what: "\(method) \(path)", status: response.status, body: text))
        }
        return Answered(status: response.status, json: (try? JSONReader.read(response.body)) ?? .null)
    }

    struct Answered: Sendable {
        let status: Int
        let json: JSONValue

        subscript(name: String) -> String? { json[name]?.stringValue }
    }

    @discardableResult
    func staff(_ method: String, _ path: String, _ body: String? = nil, _ headers: Headers = []) async throws
        -> Answered
    {
        try await ask(
            method, "/v1/staff/" + path, body, headers + [("Authorization", "Bearer \(deployment.staffToken)")])
    }

    /// What the house says; signed rightly unless `headers` say otherwise.
    @discardableResult
    func house(_ body: String, id: String? = nil, _ headers: Headers? = nil) async throws -> Answered {
        let id = id ?? said.value("webhookid")
        return try await ask(
            "POST", "/v1/webhooks/shipping", body,
            headers ?? deployment.house.headers(id: id, body: Array(body.utf8)))
    }

    func form(
        sku: String = "FSAC-NET-EN", quantity: String = "2", region: String = "IL", postalCode: String = "62701",
        type: String = "patient", language: String = "en", padding: Int = 0
    ) -> String {
        let long = String(repeating: "x", count: padding)
        return """
            {"items":[{"sku":"\(sku)","quantity":\(quantity)}],"ship_to":{"name":"\(said.value("name"))\(long)",\
            "organization":"\(said.value("organization"))\(long)","line1":"\(said.value("linea"))\(long)",\
            "line2":"\(said.value("lineb"))\(long)","city":"\(said.value("city"))\(long)","region":"\(region)",\
            "postal_code":"\(postalCode)","country":"US","phone":"\(said.phone())"},"email":"\(said.email())",\
            "requester_type":"\(type)","language":"\(language)","notes":"\(said.value("notes"))",\
            "\(said.value("unknown"))":"\(said.value("unknown"))"}
            """
    }

    /// Members of a JSON object, each with a text of its own.
    private func words(_ names: String...) -> String {
        names.map { "\"\($0)\":\"\(said.value($0.replacing("_", with: "")))\"" }.joined(separator: ",")
    }

    func place() async throws -> (number: String, token: String) {
        let placed = try await ask("POST", "/v1/orders", form(), [("Idempotency-Key", said.value("key"))])
        guard placed.status == 201, let number = placed["number"], let token = placed["status_token"] else {
            throw Program.Failure(description: "an order was not placed: \(placed.status)")
        }
        return (number, said.note(token, as: "status token"))
    }

    func metrics() async throws -> String {
        guard await server.says("metrics are on "),
            let match = server.logged.firstMatch(of: /metrics are on (http:[^\s"\\]+)/)
        else { return "" }
        let request = WebhookRequest(method: "GET", url: String(match.1), responseLimitBytes: 1 << 20)
        return String(decoding: try await deployment.client.post(request).body, as: UTF8.self)
    }

    // MARK: Readers

    func readers(_ order: (number: String, token: String)) async throws {
        let key = said.value("key")
        try await ask("POST", "/v1/orders", form(), [("Idempotency-Key", key)])
        let bodies = [
            form(sku: said.value("sku"), quantity: "-7"), form(region: said.value("region")),
            form(postalCode: said.value("zip")), form(postalCode: "10001"), form(type: said.value("type")),
            form(language: said.value("language")), form(padding: 300), form(quantity: "100000000000000"),
            form().replacing("\"phone\":\"", with: "\"phone\":\"\(said.value("badphone"))"),
            form().replacing("@example.org", with: ""), form().replacing("\"notes\":\"", with: "\"notes\":\"\\u0007"),
            form(quantity: "200"), form(quantity: "\"\(said.value("quantity"))\""), form() + said.value("garbage"),
            "{\(words("ship_to", "items")),\"email\":{\(words("email"))}}",
            "[\"\(said.value("root"))\"]", "{\"email\":\"\(said.value("cut"))", said.value("nojson"),
            "{\"email\":\"a\",\"email\":\"\(said.value("twice"))\"}",
            String(repeating: "[\"\(said.value("deep"))\",", count: 600),
        ]
        for body in bodies { try await ask("POST", "/v1/orders", body) }
        try await ask("POST", "/v1/orders", form(), [("Idempotency-Key", key)])
        try await ask(
            "POST", "/v1/orders", form(),
            [("Idempotency-Key", said.value("longkey") + String(repeating: "k", count: 300))])
        try await ask(
            "POST", "/v1/orders", form(),
            [("Idempotency-Key", said.value("key")), ("Idempotency-Key", said.value("key"))])
        try await ask("POST", "/v1/orders", form(), [("Content-Type", said.value("mediatype") + "/x")])
        try await ask("POST", "/v1/orders", form(), [("Content-Encoding", said.value("encoding"))])
        try await ask("POST", "/v1/orders", form() + String(repeating: " ", count: 70_000))
        try await ask("POST", "/v1/quotes", "{\"items\":[{\"sku\":\"\(said.value("sku"))\",\"quantity\":0}]}")
        try await ask("POST", "/v1/quotes", "{\"items\":{\"\(said.value("items"))\":1}}")
        for path in [
            "/v1/orders/\(said.value("number"))", "/v1/orders/\(order.number)?\(said.value("query"))=1",
            "/s/\(said.value("token"))",
            "/es/s/\(said.value("token"))", "/problems/\(said.value("problem"))", "/\(said.value("path"))/%zz",
            "/v1/catalog/\(said.value("path"))", "/v1/catalog?\(said.value("query"))=\(said.value("query"))",
            "/readyz?\(said.value("query"))", "/s/\(order.token)?\(said.value("query"))",
            "/v1/catalog?\(said.value("longquery"))=" + String(repeating: "q", count: 9000),
        ] {
            try await ask("GET", path, nil, [("Authorization", "Bearer \(said.value("bearer"))")])
            try await ask("DELETE", path)
        }
        try await ask("GET", "/v1/orders/\(order.number)", nil, [("Authorization", "Bearer \(order.token)")])
        try await ask(
            "POST", "/v1/orders/\(order.number)/cancel", nil, [("Authorization", "Bearer \(said.value("bearer"))")])
        try await ask("POST", "/v1/orders/\(order.number)/cancel", nil, [("Authorization", "Bearer \(order.token)")])
        try await ask(
            "GET", "/v1/catalog", nil,
            [("Origin", "https://\(said.value("origin")).example"), ("If-None-Match", said.value("etag"))])
        try await ask("GET", "/v1/catalog", nil, [(said.value("big"), String(repeating: "h", count: 40_000))])
    }

    /// What no client library sends.
    func broken() async throws {
        let host = "Host: \(said.value("host"))\r\n"
        let json = "Content-Type: application/json\r\n"
        for text in [
            "\(said.value("method")) / HTTP/1.1\r\n\(host)\r\n", "GET /\(said.value("path")) HTTP/7.7\r\n\(host)\r\n",
            "\(said.value("nonsense"))\r\n\r\n", "GET / HTTP/1.1\r\n\(host)\(said.value("nocolon"))\r\n\r\n",
            "GET / HTTP/1.1\r\n\(host)X: \(said.value("nul"))\u{0}\r\n\r\n",
            "POST /v1/orders HTTP/1.1\r\n\(host)\(json)Transfer-Encoding: chunked\r\n\r\n\(said.value("chunk"))\r\n",
            "POST /v1/orders HTTP/1.1\r\n\(host)Content-Length: \(said.value("length"))\r\n\r\n",
            "POST /v1/orders HTTP/1.1\r\n\(host)\(json)Content-Length: 900\r\n\r\n{\"email\":\"\(said.value("cut"))",
            "GET http://\(said.value("absolute")).example/ HTTP/1.1\r\n\(host)\r\n",
            "GET / HTTP/1.1\r\n\(host)Transfer-Encoding: \(said.value("coding"))\r\nContent-Length: 3\r\n\r\nabc",
        ] {
            let connection = try RawSocket(port: Int(server.url.split(separator: ":").last ?? "") ?? 0)
            connection.send(text)
            connection.halfClose()
            let answer = await connection.rest()
            let status = Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
            refusals.add(Refusal(what: "raw", status: status, body: answer))
        }
    }

    // MARK: Staff

    func staffRoutes(_ order: (number: String, token: String), held: String) async throws {
        try await ask("GET", "/v1/staff/orders", nil, [("Authorization", "Bearer mrt_\(said.value("token"))")])
        try await ask("GET", "/v1/staff/orders", nil, [("Authorization", "Basic \(said.value("basic"))")])
        for query in ["q", "status", "flag", "cursor", "limit", "placed_from", "placed_to", said.value("parameter")] {
            try await staff("GET", "orders?\(query)=\(said.value("search"))")
            try await staff("GET", "orders.csv?\(query)=\(said.value("search"))")
            try await staff("POST", "orders/search", "{\"\(query)\":\"\(said.value("search"))\"}")
            try await staff("POST", "orders/search", "{\"\(query)\":{\"\(said.value("search"))\":[]}}")
        }
        try await staff("GET", "orders?q=\(said.value("longsearch"))" + String(repeating: "y", count: 300))
        try await staff("GET", "orders?q=%ff\(said.value("notutf8"))")
        try await staff("GET", "orders/\(said.value("number"))")
        try await staff("GET", "orders/\(order.number)", nil, [("If-None-Match", said.value("etag"))])
        try await staff("POST", "orders/\(held)/hold", "{\"reason\":\"\(said.value("hold"))\"}")
        let long = String(repeating: "z", count: 3000)
        for (action, field) in [("hold", "reason"), ("cancel", "reason"), ("notes", "text"), ("erase", "force")] {
            let path = "orders/\(order.number)/\(action)"
            try await staff("POST", path, "{\"\(field)\":{\"\(said.value(action))\":1}}")
            try await staff("POST", path, "{\"\(field)\":\"\(said.value(action))\(long)\"}")
            try await staff("POST", path, "{\"\(field)\":\"\(said.value(action))\\u0007\"}")
            try await staff("POST", path, "{\"\(field)\":\"\(said.value(action))")
            try await staff("POST", path, "{}", [("If-Match", "\"\(said.value("etag"))\"")])
        }
        try await staff("POST", "orders/\(order.number)/notes", "{\"text\":\"\(said.value("note"))\"}")
        for action in ["release", "resend", "reship", "cancel", "hold"] {
            try await staff("POST", "orders/\(order.number)/\(action)", "{\"reason\":\"\(said.value(action))\"}")
        }
        let address =
            "{\(words("name", "line1", "city")),\"region\":\"IL\",\"postal_code\":\"62701\"}"
        try await staff("PUT", "orders/\(held)/ship_to", address)
        try await staff(
            "PUT", "orders/\(held)/ship_to",
            address.replacing("IL", with: said.value("region")).replacing("62701", with: said.value("zip")))
        try await staff("PUT", "orders/\(held)/ship_to", "{\"name\":[\"\(said.value("name"))\"]}")
        try await staff("PUT", "orders/\(order.number)/ship_to", address)
        try await staff("GET", "deliveries?state=\(said.value("state"))")
        try await staff("POST", "deliveries/\(said.value("delivery"))/redeliver")
        try await staff("POST", "endpoints/\(said.value("endpoint"))/pause")
        try await staff("GET", "counts")
        try await staff("GET", "endpoints")
        try await staff("GET", "updates?matched=\(said.value("matched"))")
        try await staff("POST", "updates/\(said.value("update"))/dismiss")
        try await staff("POST", "updates/1/match", "{\"order_number\":\"\(said.value("number"))\"}")
        try await staff("POST", "updates/1/match", "{\"order_number\":\"\(order.number)\"}")
    }

    func catalogAndTokens() async throws {
        let header = CatalogFile.header.joined(separator: ",")
        try await staff("PUT", "catalog/\(said.value("sku"))", "{\"title\":\"\(said.value("title"))\"}")
        try await staff(
            "PUT", "catalog/A", "{\"title\":{\"\(said.value("title"))\":1},\"format\":\"\(said.value("format"))\"")
        for rows in [
            (0..<9).map { said.value("column\($0)") }.joined(separator: ","),
            "\"\(said.value("quote"))", "A,\(said.value("short"))", "\(said.value("header"))",
        ] {
            try await staff("POST", "catalog/import", header + "\r\n" + rows + "\r\n", [("Content-Type", "text/csv")])
        }
        try await staff(
            "POST", "catalog/import?dry_run=\(said.value("dryrun"))", header, [("Content-Type", "text/csv")])
        try await staff(
            "POST", "catalog/import", said.value("header") + "," + said.value("header"), [("Content-Type", "text/csv")])
        try await staff(
            "POST", "tokens", "{\"name\":\"\(said.value("token name")) !\",\"scopes\":[\"\(said.value("scope"))\"]}")
        try await staff(
            "POST", "tokens", "{\"name\":[\"\(said.value("token"))\"],\"scopes\":\"\(said.value("scope"))\"}")
        let name = said.value("staff")
        let made = try await staff("POST", "tokens", "{\"name\":\"\(name)\",\"scopes\":[\"orders:read\"]}")
        try await staff("POST", "tokens", "{\"name\":\"\(name)\",\"scopes\":[\"orders:read\"]}")
        let token = said.note(made["token"] ?? "none", as: "staff token")
        try await ask("GET", "/v1/staff/tokens", nil, [("Authorization", "Bearer \(token)")])
        try await ask("GET", "/v1/staff/orders?q=\(said.value("search"))", nil, [("Authorization", "Bearer \(token)")])
        try await staff("DELETE", "tokens/\(name)")
        try await staff("DELETE", "tokens/\(said.value("staff"))")
    }

    // MARK: The house

    func houseSays(_ order: (number: String, token: String)) async throws {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        func message(_ type: String, _ data: String, _ number: String = order.number) -> String {
            "{\"type\":\"\(type)\",\"timestamp\":\"\(now)\",\"data\":{\"order_number\":\"\(number)\",\(data)}}"
        }
        let facts = words("id", "carrier", "tracking_number", "tracking_url", "message", "location")
        let package =
            "\"package\":{\(facts),\"status\":\"in_transit\",\"occurred_at\":\"2026-11-01T00:00:00Z\"}"
        for body in [
            message("order.acknowledged", "\"house_reference\":\"\(said.value("reference"))\""),
            message("order.rejected", "\"reason\":\"\(said.value("reason"))\""),
            message("order.backordered", "\"items\":[{\(words("sku")),\"quantity\":1}],\(words("expected_at"))"),
            message("order.cancellation_refused", "\"reason\":\"\(said.value("reason"))\""),
            message("package.updated", package), message(said.value("type"), package),
            message("package.updated", package.replacing("in_transit", with: said.value("status"))),
            message("package.updated", package, said.value("number")),
            message("package.updated", "\"package\":\"\(said.value("package"))\""),
            message("order.rejected", "\"reason\":{\"\(said.value("reason"))\":1}"),
            message(
                "order.cancelled",
                "\"items\":[{\"sku\":\"\(said.value("sku"))\",\"quantity\":\"\(said.value("quantity"))\"}]"),
            "{\"type\":\"\(said.value("cut"))", said.value("nojson"), "[\"\(said.value("root"))\"]",
        ] {
            try await house(body)
        }
        let body = message("order.rejected", "\"reason\":\"\(said.value("reason"))\"")
        let id = said.value("webhookid")
        try await house(body, id: id)
        try await house(body.replacing("reason", with: said.value("otherbytes")), id: id)
        var headers = deployment.house.headers(id: said.value("webhookid"), body: Array(body.utf8))
        headers[3].value = "v1,\(said.value("signature"))"
        try await house(body, headers)
        headers[2].value = said.value("timestamp")
        try await house(body, headers)
        try await house(body, [("Content-Type", "application/json"), ("webhook-id", said.value("webhookid"))])
        let late = Date().addingTimeInterval(-4000)
        try await house(body, deployment.house.headers(id: said.value("webhookid"), at: late, body: Array(body.utf8)))
    }
}
