import Foundation
import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

/// The list: views, filters, searching, pages, files.
struct ConsoleListTests {
    private func order(_ desk: Desk, _ minute: Int64, name: String = "Ana María Núñez", email: String? = nil)
        async throws
        -> Order
    {
        let time = desk.clock.now.adding(seconds: minute * 60)
        let order = SampleOrders.order(
            at: time, to: SampleOrders.shipTo(name: name, line1: "\(minute) Main St"), email: email)
        guard
            case .placed(let placed) = try await desk.store.place(
                order, announcing: SampleOrders.announcement(of: order), key: nil)
        else { throw Unexpected("not placed") }
        return placed
    }

    private func hold(_ desk: Desk, _ order: Order) async throws {
        let outcome = try await desk.store.perform(
            .hold(reason: "x"), on: order.number, by: .staff("kim"), at: desk.clock.now, ifMatch: nil)
        guard case .done = outcome else { throw Unexpected("not held") }
    }

    @Test func eachViewHoldsItsStatesAndTellsHowMany() async throws {
        try await ConsoleBrowser.open { desk in
            let (first, second) = (try await order(desk, -2), try await order(desk, -1))
            try await hold(desk, first)
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/orders")
            #expect(browser.rows == [first.number.description])
            #expect(browser.page?.body.contains("Needs attention <span class=\"count\">1</span>") == true)
            #expect(browser.page?.body.contains("On hold</span> <span class=\"sub held\">x</span>") == true)
            try await browser.get("/staff/orders?view=to-send")
            #expect(browser.rows == [second.number.description])
            try await browser.get("/staff/orders?view=all")
            #expect(browser.rows == [second, first].map(\.number.description))
            try await browser.get("/staff/orders?view=all&sort=oldest")
            #expect(browser.rows == [first, second].map(\.number.description))
            try await browser.get("/staff/orders?view=finished")
            #expect(browser.rows.isEmpty && browser.page?.body.contains("No order has been delivered") == true)
            try await browser.get("/staff/orders?status=on_hold&status=placed")
            #expect(browser.rows.count == 2)
            try await browser.get("/staff/orders?view=nonsense&status=nonsense&after=nonsense&sort=up")
            #expect(browser.page?.status == 200)
        }
    }

    @Test func whatIsSearchedForNeverSitsInAnAddressOrTheTitle() async throws {
        try await ConsoleBrowser.open { desk in
            let ana = try await order(desk, -3, email: "ana@example.org")
            let lee = try await order(desk, -2, name: "Lee O'Hara <b>")
            let browser = try await ConsoleBrowser.signedIn(desk)
            for (term, expected) in [
                ("nunez ana", ana), ("ana@exam", ana), ("o'hara", lee), ("springf lee", lee),
            ] {
                try await browser.get("/staff/orders")
                let answer = try await browser.post("/staff/orders/search", [("q", term)])
                let path = try #require(answer.headers[.location])
                #expect(path.wholeMatch(of: /\/staff\/orders\?view=all&s=[0-9a-z]{1,9}/) != nil, "\(path)")
                let page = try await browser.get(path)
                #expect(browser.rows == [expected.number.description], "\(term)")
                let title = page.body.split(separator: "<title>")[1].prefix { $0 != "<" }
                #expect(!title.lowercased().contains(term.lowercased()))
            }
            #expect(browser.page?.body.contains("Lee O&#39;Hara &lt;b&gt;") == true)
            // A colleague who is sent the address is told why the list cannot be shown.
            try await browser.get("/staff/orders")
            let path = try #require(try await browser.post("/staff/orders/search", [("q", "nunez")]).headers[.location])
            let colleague = try await ConsoleBrowser.signedIn(desk, as: .viewer)
            let shown = try await colleague.get(path)
            #expect(colleague.rows.isEmpty && shown.body.contains("Search again"))
        }
    }

    @Test func aWholeNumberOpensItsOrder() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await order(desk, -3)
            let number = placed.number.description
            let browser = try await ConsoleBrowser.signedIn(desk, as: .viewer)
            for typed in [number, number.replacing("-", with: ""), "#\(number)", " #\(number)"] {
                try await browser.get("/staff/orders")
                let answer = try await browser.post("/staff/orders/search", [("q", typed)])
                #expect(answer.status == 303 && answer.headers[.location] == "/staff/orders/\(number)", "\(typed)")
            }
            // Digits that are no order's number are looked for as before, and so is a number that nobody has.
            for typed in ["#\(number.prefix(9))", "4829-1504-75"] {
                try await browser.get("/staff/orders")
                let answer = try await browser.post("/staff/orders/search", [("q", typed)])
                #expect(answer.headers[.location]?.contains("&s=") == true, "\(typed)")
            }
            // The digits of the number are somebody's phone number, too: both are shown.
            let caller = SampleOrders.order(
                at: desk.clock.now, to: SampleOrders.shipTo(line1: "9 Main St", phone: number))
            _ = try await desk.store.place(caller, announcing: SampleOrders.announcement(of: caller), key: nil)
            try await browser.get("/staff/orders")
            let both = try await browser.post("/staff/orders/search", [("q", number)])
            try await browser.get(try #require(both.headers[.location]))
            #expect(browser.rows.sorted() == [number, caller.number.description].sorted())
        }
    }

    @Test func pagesGoOlderAndNewerWithoutLossWhileOrdersArrive() async throws {
        try await ConsoleBrowser.open { desk in
            var numbers: [String] = []
            for minute in 0..<60 {
                numbers.insert(try await order(desk, Int64(minute) - 100).number.description, at: 0)
            }
            var preferences = StaffPreferences()
            preferences.rowsPerPage = 25
            _ = try await desk.store.setPreferences(preferences, of: "staff")
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/orders?view=to-send")
            #expect(browser.rows == Array(numbers[..<25]))
            func link(_ name: String) -> String? {
                guard let body = browser.page?.body, let end = body.range(of: "\" data-key=\"\(name)\"") else {
                    return nil
                }
                return String(body[..<end.lowerBound].split(separator: "href=\"").last ?? "")
                    .replacing("&amp;", with: "&")
            }
            #expect(link("newer") == nil)
            try await browser.get(try #require(link("older")))
            #expect(browser.rows == Array(numbers[25..<50]))
            numbers.insert(try await order(desk, -1).number.description, at: 0)
            try await browser.get(try #require(link("older")))
            #expect(browser.rows == Array(numbers[51...]))
            #expect(link("older") == nil)
            try await browser.get(try #require(link("newer")))
            #expect(browser.rows == Array(numbers[26..<51]))
            try await browser.get(try #require(link("newer")))
            #expect(browser.rows == Array(numbers[1..<26]))
            try await browser.get(try #require(link("newer")))
            #expect(browser.rows == Array(numbers[..<1]))
            #expect(link("first") != nil)
        }
    }

    @Test func aDateThatIsNoneIsSaidAndKept() async throws {
        try await ConsoleBrowser.open { desk in
            let placed = try await order(desk, -1)
            let browser = try await ConsoleBrowser.signedIn(desk)
            let wrong = try await browser.get("/staff/orders?view=all&from=4.6.2026&to=2026-02-31")
            #expect(wrong.body.contains("There is a problem") && wrong.body.contains("value=\"4.6.2026\""))
            #expect(wrong.body.contains("<title>Error:"))
            let day = OfficeTime(timeZone: "America/New_York").isoDate(placed.placedAt)
            try await browser.get("/staff/orders?view=all&from=\(day)&to=\(day)")
            #expect(browser.rows == [placed.number.description])
            try await browser.get("/staff/orders?view=all&to=2020-01-01")
            #expect(browser.rows.isEmpty)
        }
    }

    @Test func theFileHoldsWhatTheListShows() async throws {
        try await ConsoleBrowser.open { desk in
            let (first, second) = (try await order(desk, -3), try await order(desk, -2, name: "=Formula"))
            try await hold(desk, first)
            let browser = try await ConsoleBrowser.signedIn(desk, as: .viewer)
            let all = try await browser.get("/staff/orders.csv?view=all&sort=oldest")
            #expect(all.headers[.contentType]?.hasPrefix("text/csv") == true)
            let lines = all.body.split(separator: "\r\n")
            #expect(lines.dropFirst().map { String($0.prefix(12)) } == [first, second].map(\.number.description))
            #expect(lines[2].contains(",'=Formula,"))
            let held = try await browser.get("/staff/orders.csv?view=attention")
            #expect(held.body.split(separator: "\r\n").count == 2)
            try await browser.get("/staff/orders")
            let path = try #require(
                try await browser.post("/staff/orders/search", [("q", "formula")]).headers[.location])
            let found = try await browser.get("/staff/orders.csv?" + path.split(separator: "?")[1])
            #expect(found.body.split(separator: "\r\n").count == 2 && found.body.contains(second.number.description))
        }
    }

    @Test func newOrdersAreToldAndKeepNobodySignedIn() async throws {
        try await ConsoleBrowser.open { desk in
            _ = try await order(desk, -3)
            let browser = try await ConsoleBrowser.signedIn(desk)
            func news(of list: String) async throws -> String {
                let page = try await browser.get(list)
                let start = try #require(page.body.range(of: "data-news=\""))
                return String(page.body[start.upperBound...].prefix { $0 != "\"" }).replacing("&amp;", with: "&")
            }
            let path = try await news(of: "/staff/orders?view=all&sort=oldest")
            let others = [
                try await news(of: "/staff/orders?view=attention"), try await news(of: "/staff/orders?status=on_hold"),
                try await news(of: "/staff/orders?view=all&to=2020-01-01"),
            ]
            #expect(try await browser.get(path).json["new"]?.intValue == 0)
            _ = try await order(desk, -2)
            _ = try await order(desk, -1)
            #expect(try await browser.get(path).json["new"]?.intValue == 2)
            // A list is told only of what it would show.
            for other in others { #expect(try await browser.get(other).json["new"]?.intValue == 0, "\(other)") }
            for _ in 0..<4 {
                desk.clock.advance(milliseconds: 15 * 60_000)
                _ = try await browser.get(path)
            }
            #expect(try await browser.get("/staff/orders").status == 303)
        }
    }

    @Test func whatIsDoneToManyIsShownFirstAndToldForEach() async throws {
        try await ConsoleBrowser.open { desk in
            let (first, second) = (try await order(desk, -4), try await order(desk, -3))
            let (held, later) = (try await order(desk, -2), try await order(desk, -1))
            try await hold(desk, held)
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/orders?view=all")
            let none = try await browser.post("/staff/orders/bulk", [("action", "hold"), ("list", "view=all")])
            #expect(none.headers[.location] == "/staff/orders?view=all&done=none")
            let told = try await browser.get("/staff/orders?view=all&done=none").body
            #expect(told.contains("<title>Error:") && told.contains("id=\"summary\" tabindex=\"-1\" autofocus"))
            let box = "o-\(later.number)"
            #expect(told.contains("<a href=\"#\(box)\">Select at least one order</a>"))
            #expect(told.contains("id=\"\(box)\"") && told.contains("id=\"order-error\">Select at least one order<"))
            #expect(!told.contains("class=\"panel\"") && !told.contains("<details class=\"filters\" open>"))
            let orders = [first, second, held, later].map { ("order", $0.number.description) }
            let preview = try await browser.post(
                "/staff/orders/bulk", [("action", "hold"), ("list", "view=all")] + orders)
            #expect(preview.status == 200 && preview.body.contains("Hold 3 orders?"))
            #expect(preview.body.contains("1 order cannot be changed and will be left as it is:"))
            #expect(preview.body.contains("the order is in the state “On hold”") && !preview.body.contains("on_hold"))
            #expect(preview.body.contains("Why are they on hold?"))
            let tags = [first, second, later].map {
                ("tag.\($0.number)", browser.hidden("tag.\($0.number)"))
            }
            let fields = [("action", "hold"), ("list", "view=all")] + orders + tags
            #expect(try await browser.post("/staff/orders/bulk/do", fields).status == 422)
            // Somebody is faster with one of them.
            _ = try await desk.store.perform(
                .note("mine"), on: later.number, by: .staff("lee"), at: desk.clock.now, ifMatch: nil)
            let done = try await browser.post("/staff/orders/bulk/do", fields + [("reason", "stock count")])
            let report = try await browser.get(try #require(done.headers[.location]))
            #expect(report.body.contains("2 orders held. 1 was not changed."))
            #expect(report.body.contains("changed by lee"))
            for order in [first, second] {
                let now = try #require(await desk.store.order(order.number))
                #expect(now.status == .onHold && now.facts.hold?.reason == "stock count")
                #expect(now.facts.hold?.by == .staff("staff"))
            }
            #expect(try await desk.store.order(later.number)?.status == .placed)
            let slips = try await browser.post(
                "/staff/orders/bulk", [("action", "slips")] + orders, token: browser.token.isEmpty ? nil : browser.token
            )
            #expect(slips.status == 303 || slips.status == 403)
        }
    }
}
