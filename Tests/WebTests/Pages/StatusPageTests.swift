import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

struct StatusPageTests {
    @Test func thePageShowsTheOrderInBothLanguagesAndNobodysName() async throws {
        try await Desk.open(settings: { $0.organization.name = "Sample & Friends" }) { desk in
            let order = try await desk.place()
            for (path, language, heading, going, other) in [
                ("/s/", "en", "We have your order", "Going to Springfield, IL", "/es/s/"),
                ("/es/s/", "es", "Recibimos su pedido", "Va a Springfield, IL", "/s/"),
            ] {
                let page = try await desk.get(path + order.token)
                #expect(page.status == 200)
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(page.body.contains(#"<html lang="\#(language)">"#))
                #expect(page.heading == heading)
                #expect(page.body.contains(order.number) && page.body.contains(going))
                #expect(page.body.contains("About A</span>, 5 "))
                #expect(page.body.contains("Sample &amp; Friends"))
                #expect(page.body.contains(#"href="\#(other)\#(order.token)""#))
                #expect(page.headers[.robotsTag]?.contains("noindex") == true)
                #expect(page.headers[.cacheControl] == "no-store")
                // The greeting is for the browser that sent it.
                #expect(!page.body.contains(#"class="panel""#))
                for word in ["Ana", "Main St", "62701", "example.org"] {
                    #expect(!page.body.contains(word), "\(word)")
                }
                let title = try #require(page.body.firstMatch(of: /<title>(.*)<\/title>/)).1
                #expect(!title.contains(order.number) && !title.contains("About"))
            }
        }
    }

    @Test func theGreetingIsForHalfAnHourAndForTheBrowserThatSentIt() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let path = try await reader.send()
            #expect(try await reader.get(path).body.contains(#"class="panel""#))
            #expect(try await Visitor(desk).get(path).body.contains(#"class="panel""#) == false)
            desk.clock.advance(milliseconds: 30 * 60 * 1000)
            #expect(try await reader.get(path).body.contains(#"class="panel""#) == false)
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
                    "status":"in_transit","occurred_at":"2026-09-21T10:00:00Z","items":[{"sku":"A","quantity":5}]}}}
                    """, id: "msg_\(index)")
                let page = try await desk.get("/s/\(order.token)")
                #expect(page.heading == "On its way")
                #expect(page.body.contains("94\(index)"))
                #expect(page.body.contains(#"href="\#(url)""#) == (index == 0))
                #expect(!page.body.contains("<b>usps"))
            }
        }
    }

    @Test func everyStateHasItsWordsAndTheLatestStepIsFirst() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            func says(_ type: String, _ data: String) async throws {
                desk.clock.advance(milliseconds: 60_000)
                let answer = try await desk.house(
                    #"{"type":"\#(type)","data":{"order_number":"\#(order.number)"\#(data)}}"#, id: "msg_\(type)")
                #expect(answer.status == 200, "\(answer.body)")
            }
            try await says("order.acknowledged", #","house_reference":"H""#)
            #expect(try await desk.get("/s/\(order.token)").heading == "We are packing your order")
            try await says("order.backordered", #","items":[{"sku":"A","quantity":2}]"#)
            let page = try await desk.get("/es/s/\(order.token)")
            #expect(page.heading == "Esperamos más copias")
            let steps = page.body.matches(of: /<li><b>([^<]*)<\/b> <time/).map { String($0.1) }
            #expect(steps == ["Esperamos más copias", "Estamos preparando su pedido", "Recibimos su pedido"])
        }
    }

    @Test func whatComesLaterAndWhatDoesNotComeIsSaid() async throws {
        try await Desk.open { desk in
            let order = try await desk.place(items: #"[{"sku":"A","quantity":5},{"sku":"B","quantity":1}]"#)
            func says(_ type: String, _ items: String, _ more: String = "", id: String) async throws {
                desk.clock.advance(milliseconds: 60_000)
                let data = #"{"order_number":"\#(order.number)","items":\#(items)\#(more)}"#
                let answer = try await desk.house(#"{"type":"\#(type)","data":\#(data)}"#, id: id)
                #expect(answer.status == 200, "\(answer.body)")
            }
            let late = #"[{"sku":"A","quantity":2},{"sku":"B","quantity":1}]"#
            try await says("order.backordered", late, #","expected_at":"2026-10-20T15:00:00Z""#, id: "m1")
            try await says("order.cancelled", #"[{"sku":"A","quantity":1}]"#, id: "m2")
            let english = try await desk.get("/s/\(order.token)").body
            #expect(english.contains("5 copies<br>We are waiting for 2 copies. We will not send 1 copy.</li>"))
            #expect(english.contains("1 copy<br>We are waiting for 1 copy.</li>"))
            #expect(english.contains("We expect more copies around October 20, 2026."))
            let spanish = try await desk.get("/es/s/\(order.token)").body
            #expect(spanish.contains("5 copias<br>Esperamos 2 copias. No vamos a mandar 1 copia.</li>"))
            #expect(spanish.contains("Esperamos más copias alrededor del 20 de octubre de 2026."))
            for (index, text) in ["2026-10-20", "in <b>spring</b>", "2026-09-01T00:00:00Z"].enumerated() {
                try await says("order.backordered", late, #","expected_at":"\#(text)""#, id: "m\(index + 3)")
                let page = try await desk.get("/s/\(order.token)").body
                #expect(page.contains("around October 20, 2026.") == (index == 0), "\(text)")
                #expect(page.contains("We expect") == (index == 0) && !page.contains("spring"), "\(text)")
            }
        }
    }

    @Test func anOrderThatWasSentAgainSaysSo() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.house(
                """
                {"type":"package.updated","data":{"order_number":"\(order.number)","package":{"id":"P1",\
                "status":"returned","items":[{"sku":"A","quantity":5}],"occurred_at":"2026-09-21T10:00:00Z"}}}
                """)
            #expect(try await desk.get("/s/\(order.token)").body.contains("Call us to check the address."))
            desk.clock.advance(milliseconds: 60_000)
            let answer = try await desk.staff(.post, "/v1/staff/orders/\(order.number)/reship")
            let number = try #require(answer.json["number"]?.stringValue)
            let english = try await desk.get("/s/\(order.token)")
            #expect(english.heading == "It came back to us")
            #expect(english.body.contains("We sent it again. The new order number is \(number)."))
            #expect(!english.body.contains("Call us to check the address."))
            #expect(try await desk.get("/es/s/\(order.token)").body.contains("Se lo mandamos otra vez."))
        }
    }

    @Test func aLinkThatFitsNoOrderIsAPageToo() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            let guess = String(order.token.prefix(11)) + String(repeating: "A", count: 21)
            for token in ["nonsense", guess, "%FF"] {
                for path in ["/s/\(token)", "/s/\(token)/cancel"] {
                    let english = try await desk.get(path)
                    #expect(english.status == 404)
                    #expect(english.heading == "We cannot find this order")
                    #expect(try await desk.get("/es" + path).heading == "No encontramos este pedido")
                }
            }
        }
    }

    @Test func theReaderCancelsAfterBeingAsked() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let path = try await reader.send()
            #expect(try await reader.get(path).body.contains(#"href="\#(path)/cancel""#))
            #expect(try await reader.get(path + "/cancel").heading == "Cancel your order?")
            #expect(try await reader.post(path + "/cancel").headers[.location] == path)
            let page = try await reader.get(path)
            #expect(page.heading == "Canceled")
            #expect(!page.body.contains(path + "/cancel") && !page.body.contains(#"class="panel""#))
            #expect(try await reader.post(path + "/cancel").headers[.location] == path)
        }
    }

    @Test func cancelingTooLateSaysWhatToDo() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.house(
                #"{"type":"order.acknowledged","data":{"order_number":"\#(order.number)","house_reference":"H"}}"#)
            let reader = Visitor(desk)
            let page = try await reader.get("/s/\(order.token)")
            #expect(!page.body.contains("/cancel\""))
            let answer = try await reader.post("/s/\(order.token)/cancel")
            #expect(answer.status == 409)
            #expect(answer.heading == "It is too late to cancel here")
            let foreign = try await reader.post(
                "/s/\(order.token)/cancel", headers: [.secFetchSite: "cross-site"])
            #expect(foreign.status == 403)
        }
    }
}
