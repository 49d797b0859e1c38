import HTTPTypes
import HummingbirdTesting
import Orders
import TestSupport
import Testing

@testable import Web

struct OrderingPagesTests {
    private func orders(_ desk: Desk) async throws -> Int { try await desk.store.orders(OrderQuery()).count.value }

    @Test(arguments: ["", "/es"])
    func aReaderOrdersFromTheCatalogToTheStatusPage(prefix: String) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck(prefix)
            let check = try await reader.get(prefix + "/order/check")
            #expect(check.status == 200)
            #expect(check.body.contains("Ana María Núñez\n1 Main St\nSpringfield, IL 62701"))
            let path = try await reader.send(prefix)
            let page = try await reader.get(path)
            #expect(page.status == 200)
            #expect(page.heading == (prefix.isEmpty ? "We have your order" : "Recibimos su pedido"))
            let token = try #require(StatusToken(String(path.suffix(32))))
            let order = try #require(try await desk.store.order(holding: token))
            #expect(page.body.contains(#"<span class="number">\#(order.number)</span>"#))
            #expect(order.lines.map(\.quantity) == [5, 2])
            #expect(order.shipTo.region == "IL" && order.email == "ana@example.org")
            #expect(order.requesterType == .patient)
            #expect(order.language == (prefix.isEmpty ? .english : .spanish))
            let detail = try await desk.store.detail(order.number)
            #expect(detail?.deliveries.count == 1)
        }
    }

    @Test func sendingAgainGivesTheSameOrderAndTheDraftForgetsThePerson() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            async let first = reader.send()
            async let second = reader.send()
            let paths = [try await first, try await second]
            #expect(paths[0] == paths[1])
            #expect(try await reader.send() == paths[0])
            #expect(try await orders(desk) == 1)
            guard case .placed(let token, _) = try await reader.draft() else {
                Issue.record("the draft still holds answers")
                return
            }
            #expect("/s/" + token.text == paths[0])
        }
    }

    @Test func anOrderIsFoundAgainWhenOnlyTheDraftsEndWasLost() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            guard case .open(let sheet) = try await reader.draft() else { throw Missing() }
            let path = try await reader.send()
            // As if the program had stopped between the two commits.
            let cookie = DraftID.draw()
            #expect(try await desk.store.keep(sheet, as: DraftID.hash(cookie), at: desk.clock.now))
            reader.cookies = ["__Host-draft": cookie]
            #expect(try await reader.send() == path)
            #expect(try await orders(desk) == 1)
        }
    }

    @Test func goingBackAfterSendingSaysThatItWasSent() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let status = try await reader.send()
            for path in ["copies", "address", "contact", "check"] {
                let page = try await reader.get("/order/" + path)
                #expect(page.heading == "You already sent this order")
                #expect(page.body.contains(#"href="\#(status)""#))
            }
            let posted = try await reader.post("/order/address", Visitor.address)
            #expect(posted.heading == "You already sent this order")
            #expect(try await reader.get("/").body.contains("checked") == false)
            try await reader.choose()
            #expect(try await reader.get("/order/copies").heading == "How many copies do you need?")
        }
    }

    @Test func answersAreGoneAfterADay() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            desk.clock.advance(milliseconds: (AnswerSheet.lifetimeSeconds - 1) * 1000)
            #expect(try await reader.get("/order/check").status == 200)
            desk.clock.advance(milliseconds: 2000)
            let gone = try await reader.post("/order/send")
            #expect(gone.status == 410)
            #expect(gone.heading == "We deleted your answers")
            #expect(try await orders(desk) == 0)
            #expect(try await desk.store.sweepSheets(at: desk.clock.now) == 1)
            #expect(reader.cookies.isEmpty)
        }
    }

    @Test(arguments: ["", "/es"])
    func aFormWithoutAnswersIsToldThatNothingWasSent(prefix: String) async throws {
        try await Desk.open(settings: { $0.organization.phone = "+1 202-555-0147" }) { desk in
            for path in ["copies", "address", "contact", "check", "send"] {
                let answer = try await Visitor(desk).post("\(prefix)/order/\(path)", ["continue": "1"])
                #expect(answer.status == 410, "\(path)")
                let isEnglish = prefix.isEmpty
                #expect(answer.heading == (isEnglish ? "We do not have your answers" : "No tenemos sus respuestas"))
                let texts =
                    isEnglish
                    ? ["This order was not sent.", "your browser may block cookies", ">Start again</a>"]
                    : ["Este pedido no se envió.", "Tal vez su navegador no acepta cookies", ">Empezar otra vez</a>"]
                for text in texts { #expect(answer.body.contains(text), "\(path): \(text)") }
            }
            // Without cookies, the first Continue leads from one of our pages to one that finds nothing.
            let blocked = try await Visitor(desk).get(
                prefix + "/order/copies", headers: [.secFetchSite: "same-origin"])
            #expect(blocked.status == 410)
            #expect(try await desk.store.orders(OrderQuery()).count.value == 0)
        }
    }

    @Test func whoHasNoAnswersStartsAtTheCatalog() async throws {
        try await Desk.open { desk in
            for path in ["copies", "address", "contact", "check"] {
                let answer = try await Visitor(desk).get("/es/order/" + path)
                #expect(answer.status == 303)
                #expect(answer.headers[.location] == "/es/")
            }
        }
    }

    @Test func theCheckPageSendsBackToWhatIsMissing() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            #expect(try await reader.get("/order/check").headers[.location] == "/order/address")
            _ = try await reader.post("/order/address", Visitor.address)
            #expect(try await reader.get("/order/check").headers[.location] == "/order/contact")
            _ = try await reader.post("/order/copies", ["copies.A": "x", "switch": "es"])
            #expect(try await reader.get("/order/check").headers[.location] == "/order/copies")
            #expect(try await reader.post("/order/send").headers[.location] == "/order/copies")
        }
    }

    @Test func whatRanOutIsANoticeAndGoingOnWithoutItSends() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            _ = try await desk.store.put([Desk.title("B", "6.4 oz", available: false)])
            #expect(try await reader.post("/order/send").headers[.location] == "/order/check")
            let page = try await reader.get("/order/check")
            #expect(page.body.contains("We have no printed copies of About B right now."))
            #expect(!page.body.contains("There is a problem") && !page.body.contains("Send my order"))
            #expect(page.body.contains("<title>No printed copies right now"))
            #expect(page.body.contains(#"<section class="notice" id="summary" tabindex="-1" autofocus>"#))
            #expect(page.body.contains(#"<button class="button">Go on without it</button>"#))
            #expect(page.body.contains("Select Go on without it."))
            #expect(try await reader.post("/order/check", ["drop": "B"]).headers[.location] == "/order/check")
            let path = try await reader.send()
            let token = try #require(StatusToken(String(path.suffix(32))))
            let order = try await desk.store.order(holding: token)
            #expect(order?.lines.map(\.sku) == ["A"])
        }
    }

    @Test func continueOnTheCopiesPageGoesOnWithoutWhatItSaidIsGone() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            _ = try await desk.store.put([Desk.title("B", "6.4 oz", available: false)])
            // It ran out since the page was shown: nothing is left out unsaid.
            let first = try await reader.post(
                "/order/copies", ["copies.A": "5", "copies.B": "2", "continue": "1"])
            #expect(first.headers[.location] == "/order/copies")
            let page = try await reader.get("/order/copies").body
            #expect(page.contains("We have no printed copies of About B right now."))
            #expect(page.contains(#"<input type="hidden" name="gone" value="B""#))
            #expect(page.contains("You can send your order without it."))
            let answer = try await reader.post("/order/copies", ["gone": "B", "copies.A": "5", "continue": "1"])
            #expect(answer.headers[.location] == "/order/address")
            #expect(try await reader.get("/order/copies").body.contains("About B") == false)
        }
    }

    @Test(arguments: ["continue", "drop", "check"])
    func whereAllRanOutTheFirstPageSaysWhy(way: String) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            _ = try await reader.post("/order/copies", ["remove": "A"])
            _ = try await desk.store.put([Desk.title("B", "6.4 oz", available: false)])
            let page = try await reader.get(way == "check" ? "/order/check" : "/order/copies").body
            #expect(page.contains("Choose another booklet") && !page.contains("send your order without it"))
            let path = way == "check" ? "/order/check" : "/order/copies"
            let answer = try await reader.post(
                path, ["gone": "B", "\(way == "continue" ? "continue" : "drop")": "B"])
            #expect(answer.headers[.location] == "/")
            let start = try await reader.get("/")
            #expect(start.body.contains("<h2>We have no printed copies of About B right now.</h2>"))
            #expect(start.body.contains("There is no other booklet in your order."))
            #expect(start.body.contains(#"id="summary" tabindex="-1" autofocus"#))
            _ = try await reader.post("/es/order/booklets", ["shown": "A", "switch": "es"])
            #expect(try await reader.get("/es").body.contains("no tenemos copias impresas de About B."))
            #expect(try await reader.get("/order/copies").headers[.location] == "/")
            _ = try await reader.post("/order/booklets", ["shown": "A", "pick": "A", "continue": "1"])
            #expect(try await reader.get("/").body.contains("There is no other booklet") == false)
        }
    }

    @Test func placingThroughTheFormCountsWithPlacingThroughTheAPI() async throws {
        try await Desk.open(.live) {
            $0.ordersPerMinute = 1
            $0.publicURL = "http://127.0.0.1:8080"
        } _: { desk in
            _ = try await desk.place()
            let reader = Visitor(desk)
            try await reader.toCheck()
            let refused = try await reader.post("/order/send")
            #expect(refused.status == 429)
            #expect(refused.headers[.retryAfter] != nil)
            #expect(refused.heading == "Please wait a little, then send your order")
            #expect(refused.body.contains("We did not send it this time"))
            #expect(refused.body.contains("Your answers are still here. Wait 1 minute"))
            #expect(refused.body.contains(#"<a href="/order/check">Go back to your order</a>"#))
            #expect(refused.body.contains(#"class="language" href="/es/order/check""#))
            let spanish = try await reader.post("/es/order/send")
            #expect(spanish.status == 429 && spanish.heading == "Espere un poco y luego envíe su pedido")
            #expect(spanish.body.contains(#"<a href="/es/order/check">Volver a su pedido</a>"#))
            #expect(spanish.body.contains(#"class="language" href="/order/check""#))
            #expect(try await reader.get("/order/check").status == 200)
        }
    }

    @Test func aStoreThatTakesNothingIsAPageToo() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            await desk.closeStore()
            let answer = try await reader.post("/order/send")
            #expect(answer.status == 503)
            #expect(answer.headers[.retryAfter] != nil)
            #expect(answer.body.contains("Your answers are still here."))
        }
    }

    @Test func clearingErasesTheAnswers() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let id = try #require(reader.cookies["__Host-draft"])
            #expect(try await reader.get("/order/clear").heading == "Clear your answers?")
            #expect(try await reader.post("/order/clear").headers[.location] == "/order/cleared")
            #expect(reader.cookies.isEmpty)
            #expect(try await desk.store.sheet(DraftID.hash(id), at: desk.clock.now) == nil)
        }
    }

    @Test(arguments: ["", "/es"])
    func whoSharesTheComputerMayClearAfterSendingToo(prefix: String) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck(prefix)
            let path = try await reader.send(prefix)
            let id = try #require(reader.cookies["__Host-draft"])
            let link = #"<li><a href="\#(prefix)/order/clear">"#
            for place in [path, prefix + "/order/check", prefix + "/help"] {
                #expect(try await reader.get(place).body.contains(link), "\(place)")
            }
            #expect(try await reader.get(prefix + "/order/clear").body.contains(#"href="\#(path)""#))
            let answer = try await reader.post(prefix + "/order/clear")
            #expect(answer.headers[.location] == prefix + "/order/cleared")
            #expect(reader.cookies.isEmpty)
            #expect(try await desk.store.sheet(DraftID.hash(id), at: desk.clock.now) == nil)
            // The order itself stays, for whoever has its link.
            let page = try await reader.get(path)
            #expect(page.status == 200 && !page.body.contains(link))
            #expect(try await reader.get(prefix + "/order/check").status == 303)
        }
    }

    @Test func nothingPersonalReachesTheLog() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let path = try await reader.send()
            _ = try await reader.get(path)
            _ = try await reader.get("/?q=melanoma")
            let secrets =
                ["Ana", "Main St", "62701", "ana@", "melanoma", String(path.suffix(32))]
                + reader.cookies.values
            for secret in secrets { #expect(!desk.journal.all.contains { $0.contains(secret) }, "\(secret)") }
            #expect(desk.journal.all.contains { $0.contains("route=/order/send") })
        }
    }
}

private struct Missing: Error {}
