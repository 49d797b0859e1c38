import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

struct HealthTests {
    @Test func aLivingProcessSaysSo() async throws {
        try await Desk.open { desk in
            let answer = try await desk.get("/livez")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"status":"pass"}"#)
        }
    }

    @Test func readyMeansThatEveryCheckPasses() async throws {
        let checks = [NamedCheck(name: "database") { .pass }, NamedCheck(name: "disk") { .pass }]
        try await Desk.open(readiness: checks) { desk in
            let answer = try await desk.get("/readyz")
            #expect(answer.status == 200)
            #expect(
                answer.body
                    == #"{"status":"pass","checks":[{"name":"database","status":"pass"},"#
                    + #"{"name":"disk","status":"pass"}]}"#)
        }
    }

    @Test func oneFailedCheckIsNamedAndAnswers503() async throws {
        let checks = [NamedCheck(name: "database") { .pass }, NamedCheck(name: "disk") { .fail("3 MiB left") }]
        try await Desk.open(readiness: checks) { desk in
            let answer = try await desk.get("/readyz")
            #expect(answer.status == 503)
            #expect(answer.headers[.retryAfter] == "5")
            #expect(
                answer.body
                    == #"{"status":"fail","checks":[{"name":"database","status":"pass"},"#
                    + #"{"name":"disk","status":"fail","detail":"3 MiB left"}]}"#)
        }
    }

    @Test func aCheckThatHangsFailsAfterTwoSecondsAndIsNotStartedAgain() async throws {
        let started = Log<Int>()
        let never = Gate()
        let disk = NamedCheck(name: "disk") {
            started.add(1)
            await never.wait()
            return .pass
        }
        try await Desk.open(readiness: [disk]) { desk in
            for _ in 1...2 {
                async let asked = desk.get("/readyz")
                await desk.clock.settled()
                desk.clock.advance(milliseconds: 2000)
                let answer = try await asked
                #expect(answer.status == 503)
                #expect(answer.body.contains(#""detail":"gave no answer within 2 s""#))
            }
            #expect(started.entries.count == 1)
            never.open()
        }
    }

    @Test func whoeverAsksWithinASecondGetsTheSameResult() async throws {
        let runs = Log<Int>()
        let check = NamedCheck(name: "database") {
            runs.add(1)
            return .pass
        }
        try await Desk.open(readiness: [check]) { desk in
            for (pause, expected) in [(0, 1), (0, 1), (999, 1), (1, 2)] as [(Int64, Int)] {
                desk.clock.advance(milliseconds: pause)
                let status = try await desk.get("/readyz").status
                #expect(status == 200)
                #expect(runs.entries.count == expected)
            }
        }
    }

    @Test func aStoreThatIsClosingAnswersBusy() async throws {
        try await Desk.open { desk in
            await desk.closeStore()
            let answer = try await desk.post("/v1/orders", Desk.form())
            #expect(answer.status == 503)
            #expect(answer.problem == "unavailable")
            #expect(answer.headers[.retryAfter] == "1")
        }
    }
}

struct StatusPageTests {
    @Test func thePageShowsTheOrderInBothLanguagesAndNobodysName() async throws {
        try await Desk.open(settings: { $0.organization.name = "Sample & Friends" }) { desk in
            let order = try await desk.place()
            for (path, language, heading, status, other) in [
                ("/s/", "en", "Your order", "Received", "/es/s/"), ("/es/s/", "es", "Su pedido", "Recibido", "/s/"),
            ] {
                let page = try await desk.get(path + order.token)
                #expect(page.status == 200)
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(page.body.contains(#"<html lang="\#(language)">"#))
                #expect(page.body.contains("<h1>\(heading) \(order.number)</h1>"))
                #expect(page.body.contains("<strong>\(status)</strong>"))
                #expect(page.body.contains(#"<li lang="en">5 × About A</li>"#))
                #expect(page.body.contains("Springfield, IL"))
                #expect(page.body.contains("Sample &amp; Friends"))
                #expect(page.body.contains(#"href="\#(other)\#(order.token)""#))
                for word in ["Ana", "Main St", "62701", "example.org", "<script"] {
                    #expect(!page.body.contains(word), "\(word)")
                }
            }
        }
    }

    @Test func thePageIsNeitherKeptNorFoundNorFramed() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let headers = try await desk.get("/s/\(order.token)").headers
            #expect(headers[.cacheControl] == "no-store")
            #expect(headers[HTTPField.Name("Referrer-Policy")!] == "no-referrer")
            #expect(headers[HTTPField.Name("X-Robots-Tag")!]?.contains("noindex") == true)
            let policy = try #require(headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
        }
    }

    @Test func onlyAnHTTPSLinkOfTheHouseIsFollowed() async throws {
        try await Desk.open { desk in
            for (index, url) in ["https://t.example/1", "javascript:alert(1)", "http://t.example/2"].enumerated() {
                let order = try await desk.place(name: "Reader \(index)")
                _ = try await desk.house(
                    """
                    {"type":"package.updated","data":{"order_number":"\(order.number)","package":{"id":"P",\
                    "carrier":"<b>usps</b>","tracking_number":"94\(index)","tracking_url":"\(url)",\
                    "status":"in_transit","occurred_at":"2026-09-21T10:00:00Z"}}}
                    """, id: "msg_\(index)")
                let page = try await desk.get("/s/\(order.token)").body
                #expect(page.contains("94\(index)"))
                #expect(page.contains(#"href="\#(url)""#) == (index == 0))
                #expect(!page.contains("<b>usps"))
            }
        }
    }

    @Test func aLinkThatFitsNoOrderIsAPageToo() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let guess = String(order.token.prefix(11)) + String(repeating: "A", count: 21)
            for token in ["nonsense", guess, "%FF"] {
                let english = try await desk.get("/s/\(token)")
                #expect(english.status == 404)
                #expect(english.body.contains("We cannot find this order"))
                #expect(try await desk.get("/es/s/\(token)").body.contains("No encontramos este pedido"))
            }
        }
    }
}
