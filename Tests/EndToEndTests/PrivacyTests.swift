import Foundation
import Fulfillment
import Orders
import TestSupport
import Testing

/// What the real program prints and answers holds nothing of what it was told.
@Suite(.serialized, .timeLimit(.hanging)) struct PrivacyTests {
    /// How the house fails, one way after the other, each with words of its own.
    private static func failures(_ said: Said) -> [Answer] {
        let words = Array(said.value("housebody").utf8)
        return [
            .status(500, body: words), .status(422, headers: [("X-Why", said.value("househeader"))], body: words),
            .redirect(to: "https://\(said.value("housegoes")).example/\(said.value("housepath"))"),
            Answer([.bytes(Array("\(said.value("housenonsense"))\r\n\r\n".utf8)), .close]),
            Answer([.bytes(Answer.head(429, [("Retry-After", said.value("houselater"))])), .close]),
            Answer([.reset]), .status(410, body: words),
        ]
    }

    @Test(arguments: ["text", "json"])
    func nothingThatWasSentIsPrintedOrSaidInAnError(format: String) async throws {
        let said = Said()
        let failures = Self.failures(said)
        let deployment = try await Deployment { _, index in index < failures.count ? failures[index] : .ok }
        for secret in [deployment.staffToken, deployment.ours.secret, deployment.house.secret] {
            said.note(secret, as: "secret")
        }
        let server = try await deployment.program.serve(
            "--log-level", "trace", "--log-format", format, "--http-rate-signin", "0")
        let every = EveryRoute(deployment: deployment, server: server, said: said)

        // The control: a request's id is meant to be in the log and in its answer.
        let control = "control-\(UUID().uuidString)"
        try await every.ask("GET", "/\(said.value("path"))", nil, [("X-Request-ID", control)])

        var orders: [(number: String, token: String)] = []
        for _ in failures { orders.append(try await every.place()) }
        _ = await deployment.receiver.requests(failures.count)
        _ = try await every.staff("POST", "endpoints/fulfillment/pause")
        let held = try await every.place().number
        try await every.readers(orders[0])
        try await every.broken()
        try await every.houseSays(orders[1])
        try await every.staffRoutes(orders[2], held: held)
        try await every.catalogAndTokens()
        try await every.staff("POST", "orders/\(orders[3].number)/erase", "{\"force\":true}")
        let account = try await every.accounts()
        for language in ["", "/es"] { try await every.readerPages(language) }
        try await every.console(orders[4].number, held: held, as: account)
        _ = try await every.staff("POST", "endpoints/fulfillment/resume")
        for path in ["/", "/es", "/livez", "/readyz", "/docs", "/openapi.yaml", "/v1/staff/catalog.csv"] {
            try await every.ask("GET", path, nil, [("Authorization", "Bearer \(deployment.staffToken)")])
        }
        // A new route must be driven here, or it is not known what it prints.
        #expect(try await every.neverAsked() == [])
        let metrics = try await every.metrics()
        #expect(await server.terminate() == 0)

        let printed = await server.everythingPrinted()
        #expect(metrics.contains("mailroom_") && said.found(in: metrics) == [])
        #expect(printed.contains(control))
        #expect(printed.contains("trace") || printed.contains("TRACE"))
        #expect(said.found(in: printed) == [], "of \(said.count) values")
        let refusals = every.refusals.entries
        #expect(refusals[0].body.contains(control))
        #expect(
            Set(refusals.map(\.status)).isSuperset(of: [400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422, 431]))
        for refusal in refusals {
            let found = said.found(in: refusal.body)
            #expect(found == [], "\(refusal.what) \(refusal.status)")
        }
        #expect(said.count > 1000 && refusals.count > 100, "\(said.count) values, \(refusals.count) refusals")
        // The control of the controls: the finder sees what is there.
        #expect(!said.found(in: printed + said.value("control")).isEmpty)
        await deployment.stop()
    }
}

extension PrivacyTests {
    @Test func anOrderIsErasedThroughTheRunningServerAndItsBytesAreGone() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.program.serve("--log-level", "info")
        let name = "Zoraida Quillfeather"
        let placed = try await deployment.place(
            on: server, key: "zq-key", body: Deployment.order(name: name))
        let number = try #require(placed["number"])
        let token = try #require(placed["status_token"])
        let opened = [(name: "Authorization", value: "Bearer \(token)")]
        _ = await deployment.receiver.requests(1)

        // It is on its way: only by force.
        let refused = try deployment.program.run(["orders", "erase", number, "--yes"])
        #expect(refused.status == 65)
        let erased = try deployment.program.mustRun("orders", "erase", number, "--yes", "--force")
        #expect(erased.contains("\(number)  erased"))
        #expect(try await deployment.send("GET", "\(server.url)/v1/orders/\(number)", opened).status == 404)
        #expect(try await deployment.send("GET", "\(server.url)/s/\(token)").status == 404)
        #expect(try await deployment.place(on: server, key: "zq-key", body: Deployment.order(name: name)).status == 422)
        let found = try await deployment.staff("orders?q=quillfeather", on: server)
        #expect(found.json["data"]?.arrayValue?.isEmpty == true)
        #expect(try deployment.program.run(["retention", "run"]).status == 75)
        let status = try JSONReader.read(Array(try deployment.program.mustRun("retention", "--json").utf8))
        #expect(status["last_round_at"]?.stringValue != nil)

        // The server overwrites it by itself; it says when.
        #expect(await server.says("overwritten"))
        let files = try ["", "-wal"].map { suffix in
            try Data(contentsOf: deployment.program.folder.appending(path: "mailroom.db" + suffix))
        }
        for text in [name, "quillfeather", "1 Example Street", "reader@example.org"] {
            #expect(files.allSatisfy { $0.range(of: Data(text.utf8)) == nil }, "\(text)")
        }
        #expect(await server.terminate() == 0)
        await deployment.stop()
    }
}
