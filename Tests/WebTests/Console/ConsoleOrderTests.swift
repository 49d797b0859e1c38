import Foundation
import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

/// One order: what is shown, what is done, and what a stale page may not do.
struct ConsoleOrderTests {
    @Test func anOrderIsShownWithAllThatIsKnownOfIt() async throws {
        try await ConsoleBrowser.open { desk in
            let order = try await desk.place()
            let number = try #require(OrderNumber(order.number))
            let update = SampleOrders.tracked(
                number, .inTransit, second: 5, items: [ItemCount(sku: "A", quantity: 5)])
            _ = try await desk.store.apply(update, received: SampleOrders.receipt("w1"))
            let browser = try await ConsoleBrowser.signedIn(desk)
            let page = try await browser.get("/staff/orders/\(order.number)?list=view%3Dall")
            for text in [
                "Order \(order.number)", "On the way", "Ana María Núñez\n1 Main St\nSpringfield, IL 62701",
                "ana@example.org", "About A", "5 shipped", "9400 1000-0000 01", "Chicago, IL", "Order placed",
                "Messages to the house", "href=\"/staff/orders?view&#61;all\"",
            ] {
                #expect(
                    page.body.contains(text) || page.body.contains(text.replacing("&#61;", with: "=")), "\(text)")
            }
            #expect(try await browser.get("/staff/orders/4829-1504-75").status == 404)
            #expect(try await browser.get("/staff/orders/none").status == 404)
        }
    }

    @Test func eachActionAsksFirstAndThenDoesIt() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            let browser = try await ConsoleBrowser.signedIn(desk)
            let path = "/staff/orders/\(number)"
            func act(_ action: String, _ fields: [(String, String)] = []) async throws -> Answer {
                try await browser.get("\(path)/\(action)")
                return try await browser.post("\(path)/\(action)", [("tag", browser.hidden("tag"))] + fields)
            }
            #expect(try await act("hold").status == 422)
            #expect(try await act("hold", [("reason", "address?")]).headers[.location] == "\(path)?done=hold")
            #expect(try await browser.get("\(path)?done=hold").body.contains("The order is on hold."))
            #expect(try await desk.store.order(number)?.facts.hold?.by == .staff("staff"))

            let address = [
                ("name", "Ana N."), ("line1", "2 Oak St"), ("city", "Chicago"), ("region", "il"),
                ("postal_code", "60601"),
            ]
            let wrong = try await act("address", [("name", ""), ("line1", "2 Oak <St>"), ("region", "Illinois")])
            #expect(
                wrong.status == 422 && wrong.body.contains("2 Oak &lt;St&gt;") && wrong.body.contains("f-name-error"))
            #expect(try await act("address", address).status == 303)
            #expect(try await desk.store.order(number)?.shipTo.city == "Chicago")
            #expect(try await act("release").status == 303)
            #expect(try await desk.store.order(number)?.status == .placed)
            #expect(try await act("resend").status == 303)
            // Not possible: it is said why, and nothing happens.
            let refused = try await browser.get("\(path)/reship")
            #expect(refused.status == 409 && refused.body.contains("only a returned order"))
            #expect(try await act("cancel").status == 303)
            #expect(try await desk.store.order(number)?.status == .cancelled)
            #expect(try await browser.get("\(path)/hold").status == 409)
        }
    }

    @Test func whatCannotBeTakenBackStandsLast() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            let browser = try await ConsoleBrowser.signedIn(desk)
            func buttons() async throws -> [String] {
                let page = try await browser.get("/staff/orders/\(number)").body
                let bar = try #require(page.firstMatch(of: /buttons toolbar">(.*?)<\/div>/))
                return bar.1.matches(of: /data-key="([a-z]+)"/).map { String($0.1) }
            }
            #expect(try await buttons() == ["hold", "resend", "slip", "cancel"])
            _ = try await desk.store.perform(
                .hold(reason: "x"), on: number, by: .staff("kim"), at: desk.clock.now, ifMatch: nil)
            #expect(try await buttons() == ["release", "address", "resend", "slip", "cancel"])
            #expect(browser.page?.body.contains("button quiet danger\" href=\"/staff/orders/\(number)/cancel") == true)
        }
    }

    @Test func whatIsNotPossibleIsToldInStaffsWordsAndLeadsOn() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            let browser = try await ConsoleBrowser.signedIn(desk)
            let path = "/staff/orders/\(number)"
            let address = "<strong>Correct the address</strong>: "
            #expect(try await browser.get(path).body.contains(address + "put it on hold first"))
            #expect(try await !browser.get("\(path)/resend").body.contains("webhook-id"))
            let back = SampleOrders.tracked(number, .returned, second: 5, items: [ItemCount(sku: "A", quantity: 5)])
            _ = try await desk.store.apply(back, received: SampleOrders.receipt("w1"))
            let page = try await browser.get(path).body
            #expect(page.contains("<strong>Hold</strong>: the order is in the state “Returned”"))
            let way = "reship it, put the new order on hold at once, and correct the address there"
            #expect(page.contains(address + way))
            #expect(!page.contains("put it on hold first"))
            let hold = try await browser.get("\(path)/hold")
            #expect(hold.status == 409 && hold.body.contains("is in the state “Returned”.</p>"))
            #expect(try await browser.get("\(path)/address").body.contains(way))
            // The interface says it as before.
            let answer = try await desk.staff(.post, "/v1\(path)/hold", #"{"reason":"x"}"#)
            #expect(answer.status == 409 && answer.body.contains("the order is returned"))
        }
    }

    @Test func aStalePageIsToldAndKeepsWhatWasTyped() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            let browser = try await ConsoleBrowser.signedIn(desk)
            let path = "/staff/orders/\(number)/hold"
            try await browser.get(path)
            let stale = browser.hidden("tag")
            _ = try await desk.store.perform(
                .note("faster"), on: number, by: .staff("lee"), at: desk.clock.now, ifMatch: nil)
            let told = try await browser.post(path, [("tag", stale), ("reason", "long thought")])
            #expect(told.status == 409 && told.body.contains("lee") && told.body.contains("long thought"))
            #expect(told.body.contains("“Note”") && !told.body.contains("note.added"))
            #expect(try await desk.store.order(number)?.status == .placed)
            #expect(try await browser.post(path, [("reason", "no tag at all")]).status == 409)
            let again = try await browser.post(path, [("tag", browser.hidden("tag")), ("reason", "long thought")])
            #expect(again.status == 303)
            #expect(try await desk.store.order(number)?.status == .onHold)
        }
    }

    @Test func whatWasTypedForSomethingThatBecameImpossibleCanBeKeptAsANote() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            let browser = try await ConsoleBrowser.signedIn(desk)
            let path = "/staff/orders/\(number)"
            try await browser.get("\(path)/hold")
            let stale = browser.hidden("tag")
            _ = try await desk.store.perform(
                .cancel(reason: nil, event: .draw(at: desk.clock.now)), on: number, by: .staff("lee"),
                at: desk.clock.now, ifMatch: nil)
            let told = try await browser.post("\(path)/hold", [("tag", stale), ("reason", "<b>long</b> thought")])
            #expect(told.status == 409 && told.body.contains("Nothing was changed."))
            #expect(told.body.contains(">&lt;b&gt;long&lt;/b&gt; thought</textarea>"))
            let note = browser.hidden("list")
            #expect(
                try await browser.post("\(path)/notes", [("text", "long thought"), ("list", note)]).status == 303)
            #expect(try await desk.store.order(number)?.facts.staffNotes.map(\.text) == ["long thought"])
            // Nothing typed, nothing to keep.
            #expect(try await !browser.get("\(path)/hold").body.contains("textarea"))
        }
    }

    /// Reload and Back ask for the address of an answer to a form with GET.
    @Test func everyAddressOfAFormCanBeAskedFor() async throws {
        try await ConsoleBrowser.open { desk in
            let routes = ReaderRoutes.all(desk.parts) + ConsoleRoutes.all(desk.parts)
            let shown = Set(routes.filter { $0.method == .get }.map(\.path))
            #expect(Set(routes.map(\.path)).subtracting(shown) == [])
            let browser = try await ConsoleBrowser.signedIn(desk)
            for (form, page) in [
                ("/order/booklets", "/"), ("/es/order/booklets", "/es"), ("/es/order/send", "/es/order/check"),
                ("/staff/orders/4829-1504-75/notes", "/staff/orders/4829-1504-75"),
                ("/staff/orders/bulk/do", "/staff/orders"),
                ("/staff/updates/7/match", "/staff/updates"),
                ("//elsewhere.example/order/booklets", nil),
            ] as [(String, String?)] {
                #expect(try await browser.get(form).headers[.location] == page, "\(form)")
            }
        }
    }

    @Test func aSlipThatWasPrintedBeforeSaysSo() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await [desk.place(), desk.place(items: #"[{"sku":"B","quantity":2}]"#)]
            let browser = try await ConsoleBrowser.signedIn(desk)
            let slips = "/staff/slips?" + placed.map { "order=\($0.number)" }.joined(separator: "&")
            #expect(try await !browser.get(slips).body.contains("Printed before"))
            let orders = placed.map { ("order", $0.number) } + [("order", "0000-0000-00")]
            let marked = try await browser.post("/staff/slips", orders + [("list", "view=all")])
            let back = try #require(marked.headers[.location])
            let page = try await browser.get(back)
            #expect(page.body.components(separatedBy: "Printed before: 1 time<").count == 3)
            #expect(page.body.contains("Marked as printed.") && page.body.contains("/staff/orders?view=all"))
            let slip = "/staff/orders/\(placed[0].number)/slip"
            let again = try await browser.post(slip, [("list", "view=all")])
            let one = try await browser.get(try #require(again.headers[.location]))
            #expect(one.body.contains("Printed before: 2 times<"))
            #expect(one.body.contains("/staff/orders/\(placed[0].number)?list=view%3Dall"))
            #expect(
                try await browser.get("/staff/orders/\(placed[0].number)").body.contains("Packing slip printed"))
            let viewer = try await ConsoleBrowser.signedIn(desk, as: .viewer)
            #expect(try await !viewer.get(slips).body.contains("Mark as printed"))
        }
    }

    @Test func aNoteIsKeptWithItsWriterAndAnEmptyOneIsNot() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let path = "/staff/orders/\(placed.number)"
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get(path)
            #expect(try await browser.post("\(path)/notes", [("text", " \n ")]).status == 422)
            let long = String(repeating: "x", count: 2001)
            #expect(try await browser.post("\(path)/notes", [("text", long)]).body.contains(long))
            #expect(try await browser.post("\(path)/notes", [("text", "<i>called</i>\r\nback")]).status == 303)
            let page = try await browser.get(path)
            #expect(page.body.contains("&lt;i&gt;called&lt;/i&gt;\nback"))
        }
    }

    @Test func aSlipCarriesTheAddressTheTitlesAndTheNumberAsABarcode() async throws {
        try await ConsoleBrowser.open(settings: { $0.organization.returnAddress = "9 Return Rd" }) { desk in
            let first = try await desk.place()
            let second = try await desk.place(items: #"[{"sku":"B","quantity":2}]"#, language: "es")
            let browser = try await ConsoleBrowser.signedIn(desk, as: .viewer)
            let one = try await browser.get("/staff/orders/\(first.number)/slip")
            for text in [first.number, "9 Return Rd", "Ana María Núñez", "About A", "Barcode, order \(first.number)"] {
                #expect(one.body.contains(text), "\(text)")
            }
            let both = try await browser.get("/staff/slips?order=\(first.number)&order=\(second.number)&order=x")
            #expect(both.body.components(separatedBy: "class=\"slip\"").count == 3)
            #expect(both.body.contains("Para quien abre este paquete"))
            #expect(try await browser.get("/staff/slips").status == 404)
        }
    }

    private func place(_ desk: Desk, _ order: Order) async throws {
        let outcome = try await desk.store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
        guard case .placed = outcome else { throw Unexpected("not placed") }
    }

    @Test func aSlipThatMustNotBePackedSaysSo() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            var numbers: [OrderNumber] = []
            for street in 1...4 {
                let order = SampleOrders.order(
                    at: desk.clock.now, to: SampleOrders.shipTo(line1: "\(street) Main St"))
                try await place(desk, order)
                numbers.append(order.number)
            }
            let now = desk.clock.now
            #expect(try await !browser.get("/staff/orders/\(numbers[0])/slip").body.contains("DO NOT PACK"))
            _ = try await desk.store.perform(
                .hold(reason: "x"), on: numbers[0], by: .staff("kim"), at: now, ifMatch: nil)
            _ = try await desk.store.perform(
                .cancel(reason: nil, event: .draw(at: now)), on: numbers[1], by: .staff("kim"), at: now, ifMatch: nil)
            _ = try await desk.store.apply(
                SampleOrders.said(.rejected(reason: "no such street"), of: numbers[2], second: 5),
                received: SampleOrders.receipt("w1"))
            _ = try await desk.store.erase(numbers[3], force: true, by: .staff("kim"), at: now, ifMatch: nil)
            for (number, why) in zip(numbers, ["on hold", "cancelled", "the house refused it", "erased"]) {
                let slip = try await browser.get("/staff/orders/\(number)/slip")
                #expect(slip.body.contains("<strong class=\"halt\">DO NOT PACK: \(why)</strong>"), "\(why)")
                #expect(slip.body.contains("Nothing is left to pack.") == (why == "cancelled" || why == "erased"))
            }
        }
    }

    @Test func manyTitlesAreSetCloseAndWithoutTheirSeries() async throws {
        try await ConsoleBrowser.open { desk in
            let few = SampleOrders.order(
                at: desk.clock.now,
                lines: ["S1": 1, "S2": 1, "S3": 1, "S4": 1, "S5": 1, "S6": 1, "S7": 1, "S8": 1])
            let many = SampleOrders.order(
                at: desk.clock.now, to: SampleOrders.shipTo(line1: "2 Main St"),
                lines: ["S1": 1, "S2": 1, "S3": 1, "S4": 1, "S5": 1, "S6": 1, "S7": 1, "S8": 1, "S9": 1])
            for order in [few, many] { try await place(desk, order) }
            let browser = try await ConsoleBrowser.signedIn(desk)
            let wide = try await browser.get("/staff/orders/\(few.number)/slip").body
            #expect(wide.contains("class=\"slip\"") && wide.contains(">Frankly Speaking About Cancer: S1 "))
            let dense = try await browser.get("/staff/orders/\(many.number)/slip").body
            #expect(dense.contains("class=\"slip dense\"") && dense.contains("\">S1 <span"))
            #expect(dense.contains("(without “Frankly Speaking About Cancer:”)"))
        }
    }

    @Test func theSlipLeadsBackToTheListThatItCameFrom() async throws {
        try await ConsoleBrowser.open { desk in
            let order = try await desk.place()
            let path = "/staff/orders/\(order.number)"
            let browser = try await ConsoleBrowser.signedIn(desk)
            let page = try await browser.get("\(path)?list=view%3Dall")
            #expect(page.body.contains("href=\"\(path)/slip?list=view%3Dall\""))
            let slip = try await browser.get("\(path)/slip?list=view%3Dall")
            #expect(slip.body.contains("href=\"\(path)?list=view%3Dall\" data-key=\"back\""))
            let batch = try await browser.post(
                "/staff/orders/bulk", [("action", "slips"), ("list", "view=all"), ("order", order.number)])
            #expect(batch.headers[.location] == "/staff/slips?order=\(order.number)&list=view%3Dall")
            let slips = try await browser.get("/staff/slips?order=\(order.number)&list=view%3Dall")
            #expect(slips.body.contains("href=\"/staff/orders?view=all\" data-key=\"back\""))
        }
    }

    @Test func anErasedOrderSaysSoInsteadOfShowingNothing() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            _ = try await desk.store.erase(
                number, force: true, by: .staff("kim"), at: desk.clock.now, ifMatch: nil)
            let browser = try await ConsoleBrowser.signedIn(desk)
            let page = try await browser.get("/staff/orders/\(number)").body
            #expect(page.contains("The personal data of this order was erased on September 21, 2026."))
            #expect(page.contains("<strong>Personal data erased</strong>"))
            for text in [
                "order.erased", ", IL", "<h2>Ship to</h2>", "not given", "Add a note", "Packing slip", "/resend",
            ] {
                #expect(!page.contains(text), "\(text)")
            }
            let list = try await browser.get("/staff/orders?view=all").body
            #expect(list.contains("<td>Erased <span class=\"sub\">IL</span></td>"))
            #expect(try await browser.get("/staff/orders/\(number)/hold").status == 409)
        }
    }

    @Test func whenABackorderEndsIsShownAsADayOrAsTheHousesWords() async throws {
        for (text, shown) in [
            ("2026-12-01", "Dec 1, 2026"), ("2026-12-01T00:00:00Z", "Dec 1, 2026"), ("soon", nil), ("2026-13-01", nil),
            ("2026-12-01 or so", nil),
        ] as [(String, String?)] {
            #expect(OfficeTime.day(written: text) == shown, "\(text)")
        }
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            let browser = try await ConsoleBrowser.signedIn(desk)
            let said = [("2026-12-01", "Dec 1, 2026"), ("soon", "the house says: “soon”")]
            for (index, (text, shown)) in said.enumerated() {
                _ = try await desk.store.apply(
                    SampleOrders.said(
                        .backordered(items: [ItemCount(sku: "A", quantity: 5)], expectedAt: text), of: number,
                        second: Int64(index)), received: SampleOrders.receipt("w\(index)"))
                let page = try await browser.get("/staff/orders/\(number)").body
                #expect(page.contains("<dt>Backorder expected</dt><dd>\(shown)</dd>"), "\(text)")
            }
        }
    }

    @Test func theBarcodeIsMadeOfElevenModulesASymbol() throws {
        #expect(Set(Code128.patterns).count == 107)
        for pattern in Code128.patterns.dropLast() {
            #expect(pattern.utf8.reduce(0) { $0 + Int($1 - 48) } == 11)
            #expect([0, 2, 4].reduce(0) { $0 + Int(Array(pattern.utf8)[$1] - 48) }.isMultiple(of: 2))
        }
        #expect(Code128.patterns.last?.utf8.reduce(0) { $0 + Int($1 - 48) } == 13)
        let code = try #require(Code128(digits: "4829150475"))
        // Start, five pairs, check, stop, and the quiet zones.
        #expect(code.width == 11 * 7 + 13 + 20)
        #expect(Code128(digits: "482") == nil && Code128(digits: "") == nil && Code128(digits: "48a9") == nil)
    }
}
