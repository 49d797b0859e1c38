import Foundation
import HTTPTypes
import Orders
import Synchronization
import TestSupport
import Testing

@testable import Web

/// Updates, deliveries, the overview, the catalog, one's own settings.
struct ConsolePlacesTests {
    @Test func anUpdateThatFitsNoOrderIsMatchedOrDismissed() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            for id in ["w1", "w2"] {
                let body =
                    #"{"type":"package.updated","timestamp":"2026-09-21T00:00:00Z","data":{"order_number":"0000000000","package":{"id":"P1","carrier":"usps","tracking_number":"\#(id)","status":"in_transit","occurred_at":"2026-09-21T00:00:00Z"}}}"#
                #expect(try await desk.house(body, id: id).status == 202)
            }
            let browser = try await ConsoleBrowser.signedIn(desk)
            let page = try await browser.get("/staff/updates")
            #expect(page.body.contains("w1") && page.body.contains("w2") && page.body.contains("Fits no order"))
            #expect(page.body.contains("News of a package <span") && page.body.contains("<dd>In transit</dd>"))
            for raw in ["package.updated", "in_transit", "webhook-id"] { #expect(!page.body.contains(raw), "\(raw)") }
            let ids = try await desk.store.inboundUpdates(InboundUpdateQuery()).updates.map(\.id)
            let wrong = try await browser.post("/staff/updates/\(ids[1])/match", [("order_number", "12")])
            #expect(wrong.status == 422 && wrong.body.contains("value=\"12\""))
            let none = try await browser.post("/staff/updates/\(ids[1])/match", [("order_number", "4829-1504-75")])
            #expect(none.status == 422 && none.body.contains("no order of this number"))
            let mistyped = try await browser.post("/staff/updates/\(ids[1])/match", [("order_number", "4829-1504-76")])
            #expect(mistyped.status == 422 && mistyped.body.contains("No order can have this number"))
            #expect(!mistyped.body.contains("ten digits"))
            let matched = try await browser.post(
                "/staff/updates/\(ids[1])/match", [("order_number", "#\(placed.number)")])
            #expect(matched.headers[.location] == "/staff/updates?done=matched")
            #expect(try await browser.get("/staff/orders/\(placed.number)").body.contains("w1"))
            try await browser.get("/staff/updates")
            #expect(try await browser.post("/staff/updates/\(ids[0])/dismiss").status == 303)
            #expect(try await browser.get("/staff/updates").body.contains("found its order"))
            try await browser.get("/staff/updates?view=all")
            let settled = try await browser.post(
                "/staff/updates/\(ids[0])/dismiss",
                token: try #require(browser.session.flatMap { SessionSecret($0) }).formToken)
            #expect(settled.status == 409)
        }
    }

    private func exhaust(_ desk: Desk) async throws {
        let claims = try await desk.store.claim(
            ClaimRequest(endpoint: "fulfillment", limit: 10, now: desk.clock.now)
        ).claims
        for claim in claims {
            let attempt = DeliveryAttempt(
                startedAt: desk.clock.now, endedAt: desk.clock.now, status: 500, error: "server error")
            _ = try await desk.store.settle(claim, as: .exhausted(requestSent: true), attempt: attempt)
        }
    }

    @Test func whatFailedIsShownWithItsReasonAndTriedAgainOneOrAll() async throws {
        try await ConsoleBrowser.open { desk in
            let first = try await desk.place()
            let second = try await desk.place(items: #"[{"sku":"B","quantity":2}]"#)
            try await exhaust(desk)
            let browser = try await ConsoleBrowser.signedIn(desk)
            let open = try await browser.get("/staff/deliveries").body
            #expect(open.contains("the house was not told everything: 2 deliveries are out of tries."))
            #expect(open.contains("<a href=\"/staff/deliveries?view=failed\">Show those that are out of tries</a>"))
            #expect(!open.contains("told everything.") && !open.contains("Working") && !open.contains("tag good"))
            let page = try await browser.get("/staff/orders/\(first.number)").body
            #expect(page.contains("<strong>Hold</strong>: it is out of tries") && !page.contains("on its way"))
            try await browser.get("/staff/orders?view=attention")
            #expect(browser.rows.sorted() == [first.number, second.number].sorted())
            let failed = try await browser.get("/staff/deliveries?view=failed")
            #expect(failed.body.contains("HTTP 500, server error") && failed.body.contains("Try all again"))
            let id = try await desk.store.deliveries(DeliveryQuery()).deliveries[0].id
            #expect(try await browser.post("/staff/deliveries/\(id)/redeliver").status == 303)
            try await browser.get("/staff/deliveries/all")
            let all = try await browser.post("/staff/deliveries/all")
            #expect(all.headers[.location] == "/staff/deliveries?done=all&count=1")
            var query = DeliveryQuery()
            query.states = [.pending]
            #expect(try await desk.store.deliveries(query).deliveries.count == 2)
            #expect(
                try await browser.get("/staff/deliveries?done=all&count=1").body.contains("1 delivery is tried again"))
        }
    }

    @Test func onlyWhatWasSeenToWorkIsCalledWorking() {
        let time = OfficeTime(timeZone: "America/New_York")
        let now = Timestamp(rfc3339: "2026-11-03T17:00:00Z")!
        func box(_ success: Timestamp?, _ exhausted: String? = nil) -> EndpointBox {
            let endpoint = Endpoint(
                name: "house", url: "https://house.example", state: .active, lastSuccessAt: success, failuresInARow: 0,
                pending: 0, oldestPendingAt: nil)
            return EndpointBox(endpoint, exhausted: exhausted, now: now, time: time)
        }
        #expect(box(nil).state == "Nothing arrived yet" && box(nil).kind == "new")
        #expect(box(now).state == "Working" && box(now).kind == "good")
        #expect(box(now).text == "Last success Nov 3, 12:00 p.m. 0 deliveries wait.")
        let failed = box(now, "2 deliveries are out of tries")
        #expect(failed.kind == "wait" && failed.text.hasSuffix("2 deliveries are out of tries."))
    }

    private func state(_ desk: Desk, _ id: EventID) async throws -> DeliveryState? {
        try await desk.store.deliveries(DeliveryQuery()).deliveries.first { $0.id == id }?.state
    }

    @Test func whatWasWithdrawnGoesOutOnlyForWhoConfirmsIt() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let number = try #require(OrderNumber(placed.number))
            _ = try await desk.store.perform(
                .hold(reason: "x"), on: number, by: .staff("kim"), at: desk.clock.now, ifMatch: nil)
            let id = try #require(try await desk.store.deliveries(DeliveryQuery()).deliveries.first?.id)
            let path = "/staff/deliveries/\(id)/redeliver"
            let browser = try await ConsoleBrowser.signedIn(desk)
            let list = try await browser.get("/staff/deliveries?view=withdrawn")
            #expect(list.body.contains("href=\"\(path)?back=view%3Dwithdrawn\""))
            #expect(!list.body.contains("action=\"\(path)\""))
            for confirm in [[], [("confirm", "delivered")], [("confirm", "pending")]] {
                let refused = try await browser.post(path, confirm)
                #expect(refused.status == 409 && refused.body.contains("old address"))
                #expect(try await state(desk, id) == .withdrawn)
            }
            let ask = try await browser.get("\(path)?back=view%3Dwithdrawn")
            #expect(ask.status == 200 && ask.body.contains("although it was withdrawn?"))
            #expect(ask.body.contains("“On hold”") && ask.body.contains("Send it all the same"))
            let fields = ["confirm", "back"].map { ($0, browser.hidden($0)) }
            let sent = try await browser.post(path, fields)
            #expect(sent.headers[.location] == "/staff/deliveries?view=withdrawn&done=resend")
            #expect(try await state(desk, id) == .pending)
            #expect(try await browser.get("/staff/deliveries/msg_7fffffffffffffff/redeliver").status == 404)
        }
    }

    @Test func whatArrivedIsSentOnceMoreOnlyForWhoConfirmsIt() async throws {
        try await ConsoleBrowser.open { desk in
            _ = try await desk.place()
            let claims = try await desk.store.claim(
                ClaimRequest(endpoint: "fulfillment", limit: 10, now: desk.clock.now)
            ).claims
            let claim = try #require(claims.first)
            let path = "/staff/deliveries/\(claim.id)/redeliver"
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/deliveries")
            #expect(try await browser.post(path).body.contains("being tried right now"))
            let attempt = DeliveryAttempt(
                startedAt: desk.clock.now, endedAt: desk.clock.now, status: 200, error: nil)
            _ = try await desk.store.settle(claim, as: .delivered, attempt: attempt)
            #expect(try await browser.post(path, [("back", "view=delivered")]).status == 409)
            #expect(try await state(desk, claim.id) == .delivered)
            let ask = try await browser.get("\(path)?back=view%3Ddelivered")
            #expect(ask.body.contains("although it arrived?"))
            let sent = try await browser.post(path, ["confirm", "back"].map { ($0, browser.hidden($0)) })
            #expect(sent.headers[.location] == "/staff/deliveries?view=delivered&done=resend")
            #expect(try await state(desk, claim.id) == .pending)
        }
    }

    @Test func aWrongNumberLeavesThePageOfTheUpdatesWhereItWas() async throws {
        try await ConsoleBrowser.open { desk in
            for number in 10..<40 {
                let body =
                    #"{"type":"package.updated","timestamp":"2026-09-21T00:00:00Z","data":{"order_number":"0000000000","package":{"id":"P1","carrier":"usps","tracking_number":"TRACK\#(number)","status":"in_transit","occurred_at":"2026-09-21T00:00:00Z"}}}"#
                #expect(try await desk.house(body, id: "w\(number)").status == 202)
            }
            var query = InboundUpdateQuery()
            query.limit = 25
            let next = try #require(try await desk.store.inboundUpdates(query).next)
            let cursor = Cursor(.updates, after: next).text
            let browser = try await ConsoleBrowser.signedIn(desk)
            let page = try await browser.get("/staff/updates?after=\(cursor)")
            #expect(page.body.contains("TRACK10") && !page.body.contains("TRACK39"))
            let list = browser.hidden("list")
            #expect(list == "after=\(cursor)")
            query.before = next
            let id = try #require(try await desk.store.inboundUpdates(query).updates.last?.id)
            let path = "/staff/updates/\(id)/match"
            let wrong = try await browser.post(path, [("order_number", "12"), ("list", list)])
            #expect(wrong.status == 422 && wrong.body.contains("value=\"12\" autocomplete=\"off\" aria-"))
            #expect(wrong.body.contains("TRACK10") && !wrong.body.contains("TRACK39"))
            let done = try await browser.post("/staff/updates/\(id)/dismiss", [("list", list)])
            #expect(done.headers[.location] == "/staff/updates?after=\(cursor)&done=dismissed")
        }
    }

    /// A form may be older than the process.
    @Test func aTitlesMarkIsTheSameAfterARestart() async throws {
        let marks = Marks()
        for _ in 0..<2 {
            try await ConsoleBrowser.open { desk in
                let browser = try await ConsoleBrowser.signedIn(desk)
                try await browser.get("/staff/catalog/A")
                let mark = browser.hidden("was")
                marks.all.withLock { $0.append(mark) }
            }
        }
        let all = marks.all.withLock { $0 }
        #expect(all.count == 2 && Set(all).count == 1 && all[0].utf8.count == 43)
    }

    private final class Marks: Sendable {
        let all = Mutex<[String]>([])
    }

    /// What the console adds to the public style sheet and script.
    @Test func theConsolesStylesAndScriptStaySmall() {
        let assets = PageAssets()
        #expect(assets.consoleStyles.bytes.count - assets.styles.bytes.count <= 13_000)
        #expect(assets.consoleScript.bytes.count - assets.script.bytes.count <= 6 << 10)
    }

    @Test func aPausedEndpointIsShownRedUntilItIsResumed() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            #expect(try await browser.get("/staff/deliveries").body.contains("class=\"endpoint\""))
            try await browser.get("/staff/endpoints/fulfillment/pause")
            #expect(try await browser.post("/staff/endpoints/fulfillment/pause").status == 303)
            #expect(try await browser.get("/staff/deliveries").body.contains("class=\"endpoint bad\" role=\"alert\""))
            try await browser.get("/staff/endpoints/fulfillment/resume")
            #expect(try await browser.post("/staff/endpoints/fulfillment/resume").status == 303)
            #expect(try await desk.store.endpoints().map(\.state) == [.active])
            #expect(try await browser.get("/staff/endpoints/fulfillment/explode").status == 404)
        }
    }

    @Test func theLastThirtyDaysAreDrawnAndTabled() async throws {
        try await ConsoleBrowser.open { desk in
            _ = try await desk.place()
            _ = try await desk.place(items: #"[{"sku":"B","quantity":2}]"#)
            try await exhaust(desk)
            let browser = try await ConsoleBrowser.signedIn(desk, as: .viewer)
            let page = try await browser.get("/staff/overview")
            #expect(page.body.contains("2 orders in 30 days, 2 of them today."))
            #expect(page.body.components(separatedBy: "<rect class=\"bar-c\"").count == 2)
            #expect(page.body.components(separatedBy: "<tr><th scope=\"row\">").count == 32)
        }
    }

    @Test func aDayWithAChangeOfClocksIsOneDay() {
        let time = OfficeTime(timeZone: "America/New_York")
        // Noon of November 3, 2026; clocks went back on the 1st.
        let noon = Timestamp(rfc3339: "2026-11-03T17:00:00Z")!
        let borders = time.midnights(days: 4, before: noon)
        #expect(
            borders.map(\.description) == [
                "2026-10-31T04:00:00.000Z", "2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z",
                "2026-11-03T05:00:00.000Z", "2026-11-04T05:00:00.000Z",
            ])
    }

    @Test func aTitleIsChangedAndPlacedOrdersKeepTheirs() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await desk.place()
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/catalog/A")
            let fields = [
                ("was", browser.hidden("was")), ("title", "New name"), ("language", "en"), ("format", "booklet"),
                ("weight", "4 oz"), ("max_quantity", "1,000"), ("available", "true"),
            ]
            let wrong = try await browser.post(
                "/staff/catalog/A", fields.map { $0.0 == "weight" ? ("weight", "heavy") : $0 })
            #expect(wrong.status == 422 && wrong.body.contains("value=\"heavy\""))
            // A colleague is faster.
            var other = try #require(desk.store.catalog["A"])
            other = Title(
                sku: "A", title: "Theirs", language: "en", format: "booklet", description: nil,
                unitWeight: other.unitWeight, maxQuantity: 5, available: true, pdfURL: nil)
            _ = try await desk.store.put([other])
            let told = try await browser.post("/staff/catalog/A", fields)
            #expect(told.status == 409 && told.body.contains("New name"))
            let saved = try await browser.post(
                "/staff/catalog/A", fields.map { $0.0 == "was" ? ("was", browser.hidden("was")) : $0 })
            #expect(saved.status == 303)
            #expect(desk.store.catalog["A"]?.title == "New name" && desk.store.catalog["A"]?.maxQuantity == 1000)
            #expect(try await browser.get("/staff/orders/\(placed.number)").body.contains("About A"))
            // What readers can no longer order is asked for once more.
            let ask = "/staff/catalog/A/availability"
            let found = try await browser.get("/staff/catalog?q=new").body
            #expect(found.contains("href=\"\(ask)?q=new\"") && !found.contains("action=\"\(ask)\""))
            #expect(try await browser.get("\(ask)?q=new").body.contains("Set A to no copies?"))
            let set = try await browser.post(ask, ["available", "q"].map { ($0, browser.hidden($0)) })
            #expect(set.headers[.location] == "/staff/catalog?done=unavailable&q=new#t-A")
            #expect(desk.store.catalog["A"]?.available == false)
            #expect(try await browser.get("/staff/catalog").body.contains("action=\"\(ask)\""))
            #expect(try await browser.get(ask).headers[.location] == "/staff/catalog#t-A")
        }
    }

    @Test func anImportShowsWhatItChangesBeforeItChangesIt() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/catalog/import")
            func upload(_ csv: String) async throws -> Answer {
                let boundary = "----x"
                let body =
                    "--\(boundary)\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n\(browser.token)\r\n"
                    + "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.csv\"\r\n"
                    + "Content-Type: text/csv\r\n\r\n\(csv)\r\n--\(boundary)--\r\n"
                return try await browser.send(
                    "/staff/catalog/import", body, type: "multipart/form-data; boundary=\(boundary)")
            }
            let header = CatalogFile.header.joined(separator: ",")
            let wrong = try await upload("\(header)\r\nA,About A,en,booklet,,heavy,100,true,\r\n")
            #expect(wrong.status == 422 && wrong.body.contains("Line 2, weight"))
            let shown = try await upload(
                "\(header)\r\nA,About A,en,booklet,,9 oz,100,true,\r\nNEW,A new one,es,booklet,,1 oz,5,true,\r\n")
            #expect(shown.status == 200 && shown.body.contains("weight: 3.2 oz → 9 oz"))
            #expect(shown.body.contains("1 title is new, 1 title changes, 0 titles stay as they are"))
            #expect(desk.store.catalog["NEW"] == nil)
            let key = browser.hidden("key")
            let stale = try await browser.post("/staff/catalog/import/do", [("key", key), ("version", "0")])
            #expect(stale.status == 409)
            let done = try await browser.post(
                "/staff/catalog/import/do", [("key", key), ("version", browser.hidden("version"))])
            #expect(done.headers[.location] == "/staff/catalog?done=imported")
            #expect(desk.store.catalog["NEW"] != nil && desk.store.catalog["A"]?.unitWeight.description == "9 oz")
        }
    }

    @Test func aFormOfPartsIsReadWholeOrNotAtAll() {
        func parts(_ text: String) -> [MultipartForm.Part]? { MultipartForm.parts(Array(text.utf8), boundary: "b") }
        let head = "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n"
        #expect(parts(head + "v\r\n--b--\r\n")?.map(\.bytes) == [[118]])
        #expect(parts(head + "\r\n--b--")?.map(\.bytes) == [[]])
        #expect(parts(head + "v\r\n--b\r\n") == nil)
        #expect(parts(head + "v") == nil)
        #expect(parts("") == nil)
        #expect(parts("--b\r\n\r\nv\r\n--b--") == nil)
        #expect(MultipartForm.boundary("multipart/form-data; boundary=\"x y\"") == "xy")
        #expect(MultipartForm.boundary("multipart/form-data") == nil)
    }

    @Test func settingsAreOnesOwn() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            #expect(try await browser.get("/staff/me").body.contains("data-keys=\"off\""))
            let saved = try await browser.post(
                "/staff/me", [("shortcuts", "on"), ("rows", "100"), ("view", "to-send")])
            #expect(saved.status == 303)
            #expect(try await browser.get("/staff/orders").body.contains("data-keys=\"on\""))
            #expect(browser.page?.body.contains("Orders, To send") == true)
            let other = try await ConsoleBrowser.signedIn(desk, as: .admin)
            #expect(try await other.get("/staff/me").body.contains("data-keys=\"off\""))
            _ = try await browser.get("/staff/me")
            _ = try await browser.post("/staff/me", [("rows", "7"), ("view", "nonsense")])
            let kept = try await desk.store.accounts().first { $0.name == "staff" }?.preferences
            #expect(kept?.rowsPerPage == 100 && kept?.view == .toSend && kept?.hasShortcuts == false)
        }
    }
}
