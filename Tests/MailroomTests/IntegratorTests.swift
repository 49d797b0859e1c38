import CurlTransport
import Foundation
import Fulfillment
import Orders
import TestSupport
import Testing

@testable import mailroom

/// `trigger` and `listen` against a real server and a real receiver.
@Suite(.serialized, .timeLimit(.hanging)) struct IntegratorTests {
    private let program: MailroomProgram
    private let client: CurlTransport

    init() throws {
        program = try MailroomProgram()
        client = try CurlTransport(maximumInFlight: 4, userAgent: "test")
    }

    private func serve(house: String) async throws -> (server: RunningProgram, url: String) {
        _ = try program.run("migrate")
        _ = try program.run("catalog", "import", Samples.repository.appending(path: "Config/catalog.csv").path)
        let server = try await program.start(
            "serve", "--json", "--http-port", "0", "--metrics-port", "0", "--fulfillment-url", house,
            "--fulfillment-secrets", Samples.secret, "--inbound-secrets", Samples.otherSecret, until: "ready")
        let ready = try JSONReader.read(Array(await server.line(with: "ready").utf8))
        return (server, try #require(ready["url"]?.stringValue))
    }

    private func place(on url: String) async throws -> String {
        let body = """
            {"items":[{"sku":"FSAC-NET-EN","quantity":5}],"notes":"for my aunt","ship_to":{"name":"Zelda Quill",\
            "line1":"77 Private Road","city":"Springfield","region":"IL","postal_code":"62701","country":"US",\
            "phone":"+1 217-555-0101"}}
            """
        let answer = try await client.post(
            WebhookRequest(
                url: url + "/v1/orders", headers: [(name: "Content-Type", value: "application/json")],
                body: Array(body.utf8)))
        return try #require(try JSONReader.read(answer.body)["number"]?.stringValue)
    }

    private func trigger(_ arguments: String..., on url: String) throws -> MailroomProgram.Ended {
        try program.run(
            ["trigger"] + arguments + ["--url", url + "/v1/webhooks/shipping"],
            environment: [
                "MAILROOM_INBOUND_SECRETS": Samples.otherSecret, "MAILROOM_FULFILLMENT_SECRETS": Samples.secret,
            ])
    }

    @Test func whatTheHouseWouldSayReachesTheServerOnceTwiceLateAndOutOfOrder() async throws {
        let house = try await Receiver { _, _ in .ok }
        let (server, url) = try await serve(house: house.url)
        let number = try await place(on: url)
        let twice = try trigger(
            "package.updated", "--order", number, "--duplicate", "--reorder", "--late", "2h", on: url)
        #expect(twice.status == 0)
        let lines = twice.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].contains("applied") && lines[1].contains("duplicate"))
        // The earlier one comes last and changes nothing that anybody sees.
        let shown = try program.run("orders", "show", number, "--json")
        let order = try JSONReader.read(Array(shown.output.utf8))
        #expect(order["status"]?.stringValue == "delivered")
        #expect(order["packages"]?.arrayValue?.first?["updates"]?.arrayValue?.count == 2)

        let unmatched = try trigger("order.acknowledged", "--set", "data.order_number=0000-0000-00", on: url)
        #expect(unmatched.status == 0 && unmatched.output.contains("answered 202"))
        let stale = try trigger("order.acknowledged", "--order", number, "--skew", "-400", on: url)
        #expect(stale.status == 65 && stale.output.contains("answered 401"))
        let broken = try trigger("order.acknowledged", "--remove", "data.order_number", on: url)
        #expect(broken.status == 65 && broken.output.contains("answered 400"))
        #expect(await server.stop() == 0)
        try await house.close()
    }

    /// Every fixture of what the house says must be one that the server takes.
    @Test(arguments: EventFixture.allCases.filter { $0.direction == .inbound })
    func everyFixtureIsUnderstood(fixture: EventFixture) throws {
        var json = JSONWriter()
        json.value(fixture.body(order: "4829-1504-75", at: SampleOrders.start))
        let update = try ShippingUpdate.read(
            json.bytes, id: "msg_1", receivedAt: SampleOrders.start)
        if case .unknown(let reason) = update.content { Issue.record("\(fixture.rawValue): \(reason)") }
        #expect(update.orderNumber == "4829-1504-75")
    }

    @Test func whatWeTellTheHouseGoesOnlyWhereItIsSaidTo() async throws {
        let receiver = try await Receiver { _, _ in .ok }
        let settings = ["MAILROOM_FULFILLMENT_SECRETS": Samples.secret, "MAILROOM_FULFILLMENT_URL": receiver.url]
        #expect(try program.run(["trigger", "order.placed"], environment: settings).status == 64)
        #expect(try program.run("trigger", "order.placd", "--url", receiver.url).errors.contains("did you mean"))
        #expect(try program.run("trigger", "order.placed", "--url", "http://192.0.2.1/").status == 64)
        let sent = try program.run(
            ["trigger", "order.placed", "--url", receiver.url, "--set", "data.order.items.0.quantity=12"],
            environment: settings)
        #expect(sent.status == 0)
        let request = await receiver.requests(1)[0]
        let order = try JSONReader.read(request.body)["data"]?["order"]
        #expect(order?["items"]?.arrayValue?.first?["quantity"]?.intValue == 12)
        let secret = try #require(WebhookSecret(Samples.secret))
        let verdict = WebhookVerifier(secrets: [secret]).verify(
            ids: request.values("webhook-id"), timestamps: request.values("webhook-timestamp"),
            signatures: request.values("webhook-signature"), body: request.body, at: SystemClock().now)
        #expect((try? verdict.get()) != nil)
        try await receiver.close()
    }

    /// What a script is shown, it can send: the headers belong to the body as it stands there.
    @Test func aDryRunPrintsJSONWhenAsked() throws {
        let shown = try program.run(
            ["trigger", "package.updated", "--reorder", "--dry-run", "--json"],
            environment: ["MAILROOM_INBOUND_SECRETS": Samples.otherSecret])
        #expect(shown.status == 0)
        let secret = try #require(WebhookSecret(Samples.otherSecret))
        let messages = try shown.output.split(separator: "\n").map { try JSONReader.read(Array($0.utf8)) }
        #expect(messages.count == 2 && messages[0]["type"]?.stringValue == "package.updated")
        for message in messages {
            func header(_ name: String) -> [String] { [message["headers"]?[name]?.stringValue ?? ""] }
            #expect(header("webhook-id") == [message["webhook_id"]?.stringValue])
            let body = Array((message["body"]?.stringValue ?? "").utf8)
            let verdict = WebhookVerifier(secrets: [secret]).verify(
                ids: header("webhook-id"), timestamps: header("webhook-timestamp"),
                signatures: header("webhook-signature"), body: body, at: SystemClock().now)
            #expect((try? verdict.get()) != nil)
        }
    }

    @Test func aListenerHearsNewAndResentEventsAndNobodysName() async throws {
        let house = try await Receiver { _, _ in .ok }
        let developer = try await Receiver { _, _ in .ok }
        let (server, url) = try await serve(house: house.url)
        let earlier = try await place(on: url)
        _ = await house.requests(1)
        let listener = try await program.start(
            "listen", "--forward-to", developer.url, until: "listening; signed with whsec_")
        let secret = try #require(listener.outputLines.first?.firstMatch(of: /whsec_[^,]+/).map { String($0.0) })
        #expect(secret != Samples.secret)
        let number = try await place(on: url)
        let first = try #require(await developer.requests(1).first)
        let text = String(decoding: first.body, as: UTF8.self)
        #expect(text.contains(number) && text.contains("Sample Reader"))
        for personal in ["Zelda", "Private Road", "555-0101", "aunt"] { #expect(!text.contains(personal)) }
        let verdict = WebhookVerifier(secrets: [try #require(WebhookSecret(secret))]).verify(
            ids: first.values("webhook-id"), timestamps: first.values("webhook-timestamp"),
            signatures: first.values("webhook-signature"), body: first.body, at: SystemClock().now)
        #expect((try? verdict.get()) != nil)

        let told = await house.requests(2)
        let id = try #require(
            told.first { String(decoding: $0.body, as: UTF8.self).contains(earlier) }?.header("webhook-id"))
        // The delivery must be settled before staff can send it again.
        var status = 0
        while status != 200 {
            status = try await client.post(
                WebhookRequest(
                    method: "POST", url: "http://localhost/v1/staff/deliveries/\(id)/redeliver",
                    unixSocketPath: program.path("mailroom.db.sock"))
            ).status
        }
        let again = await developer.requests(2)
        #expect(again[1].header("webhook-id") == id)
        #expect(try await listener.line(with: "resent").contains(earlier))
        #expect(await listener.stop(SIGINT) == 0)
        #expect(await server.stop() == 0)
        try await house.close()
        try await developer.close()
    }
}
