import Foundation
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
                #expect(page.body.contains("About A</span>, 5\u{A0}"))
                #expect(page.body.contains("Sample &amp; Friends"))
                #expect(page.body.contains(#"href="\#(other)\#(order.token)""#))
                #expect(page.headers[.robotsTag]?.contains("noindex") == true)
                #expect(page.headers[.cacheControl] == "no-store")
                // The greeting is for the browser that sent it.
                #expect(!page.body.contains(#"class="panel""#))
                for word in ["Ana", "Main St", "62701", "@example.org"] {
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

    /// A package of five copies, of which the house says one thing after another, an hour apart.
    private func tell(
        _ desk: Desk, _ order: PlacedOrder, _ status: String, hour: Int, copies: Int = 5
    ) async throws {
        let answer = try await desk.house(
            """
            {"type":"package.updated","data":{"order_number":"\(order.number)","package":{"id":"P","carrier":"USPS",\
            "status":"\(status)","items":[{"sku":"A","quantity":\(copies)}],\
            "occurred_at":"2026-09-21T0\(hour):00:00Z"}}}
            """, id: "msg_\(order.number)_\(hour)")
        #expect(answer.status == 200, "\(answer.body)")
    }

    @Test func whatAPackageAsksOfTheReaderStandsAboveThePackages() async throws {
        try await Desk.open(settings: { $0.organization.phone = "1-800-555-0100" }) { desk in
            let order = try await desk.place()
            for (hour, status, heading, text, spanish) in [
                (1, "in_transit", "On its way", "Your order has left us.", "En camino"),
                (2, "exception", "There is a delay", "If it does not come, call us. <a", "Hay un retraso"),
                (
                    3, "delivery_attempted", "The carrier tried to deliver a package",
                    "bring an ID with your name. If you are not sure, call us. <a",
                    "El correo intentó entregar un paquete"
                ),
                (
                    4, "available_for_pickup", "A package is ready for you to pick up",
                    "Bring an ID with your name. If you are not sure, call us. <a",
                    "Un paquete está listo para que lo recoja"
                ),
                (5, "delivered", "Delivered", "If you cannot find it, call us. <a", "Entregado"),
            ] {
                try await tell(desk, order, status, hour: hour)
                let page = try await desk.get("/s/\(order.token)")
                #expect(page.heading == heading)
                let above = try #require(page.body.components(separatedBy: "<h2>").first)
                #expect(above.contains(text), "\(above)")
                #expect(above.contains("Your order has left us.") == (hour == 1), "\(status)")
                #expect(try await desk.get("/es/s/\(order.token)").heading == spanish)
                // Only while something is still to go there.
                #expect(page.body.contains("Going to Springfield, IL") == (hour < 5), "\(status)")
            }
        }
    }

    @Test func besideAPackageToPickUpTheRestIsToldToo() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let path = try await reader.send()
            let token = String(path.dropFirst("/s/".count))
            let greeting = try await reader.get(path).body
            let number = try #require(greeting.firstMatch(of: /class="number">([0-9-]+)</)).1
            try await tell(
                desk, PlacedOrder(number: String(number), token: token), "available_for_pickup", hour: 1, copies: 2)
            let page = try await reader.get(path)
            #expect(page.heading == "A package is ready for you to pick up")
            #expect(page.body.contains("<p>The rest will follow.</p>"))
            // The greeting says that there is nothing to do.
            #expect(!page.body.contains(#"class="panel""#))
        }
    }

    @Test func nothingIsGoingOrComingOnceAnOrderIsOver() async throws {
        try await Desk.open { desk in
            let canceled = try await desk.place()
            let placed = try await desk.get("/s/\(canceled.token)").body
            #expect(placed.contains("There is no package yet.") && placed.contains("Going to Springfield, IL"))
            let reader = Visitor(desk)
            _ = try await reader.post("/s/\(canceled.token)/cancel")
            let returned = try await desk.place(name: "Another Reader")
            try await tell(desk, returned, "returned", hour: 1)
            let stopped = try await desk.place(name: "A Third Reader")
            let data = #"{"order_number":"\#(stopped.number)","house_reference":"H"}"#
            _ = try await desk.house(#"{"type":"order.acknowledged","data":\#(data)}"#)
            _ = try await desk.staff(.post, "/v1/staff/orders/\(stopped.number)/cancel")
            for (order, heading) in [
                (canceled, "Canceled"), (returned, "It came back to us"), (stopped, "We are canceling your order"),
            ] {
                let page = try await desk.get("/s/\(order.token)")
                #expect(page.heading == heading)
                #expect(!page.body.contains("There is no package yet.") && !page.body.contains("Going to"))
                #expect(try await desk.get("/es/s/\(order.token)").body.contains("Va a Springfield") == false)
            }
        }
    }

    @Test func thePageTellsItsLinkAndHowToKeepIt() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let path = try await reader.send()
            let (new, later) = (try await reader.get(path).body, try await desk.get(path).body)
            let spanish = try await desk.get("/es" + path).body
            for page in [new, later] {
                #expect(page.contains("The link to this page:<br>https://order.example.org\(path)</p>"))
                // Once: in the greeting, or beside what is said of the link.
                #expect(page.components(separatedBy: "Bookmark it or print it.").count == 2)
            }
            #expect(spanish.contains("<br>https://order.example.org/es\(path)</p>"))
            #expect(spanish.contains("Guárdela en sus favoritos o imprímala."))
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
            #expect(english.contains("5\u{A0}copies<br>We are waiting for 2 copies. We will not send 1 copy.</li>"))
            #expect(english.contains("1\u{A0}copy<br>We are waiting for 1 copy.</li>"))
            #expect(english.contains("We expect more copies around October 20, 2026."))
            let spanish = try await desk.get("/es/s/\(order.token)").body
            #expect(spanish.contains("5\u{A0}copias<br>Esperamos 2 copias. No vamos a mandar 1 copia.</li>"))
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
