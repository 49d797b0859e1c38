import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

/// How staff find orders.
struct StaffListTests {
    /// One order a day at noon UTC, the first on the 21st; returns the numbers, newest first.
    private func placeDaily(_ desk: Desk, _ count: Int) async throws -> [String] {
        var numbers: [String] = []
        for day in 0..<count {
            numbers.insert(try await desk.place(name: "Reader \(day)", email: "r\(day)@example.org").number, at: 0)
            desk.clock.advance(seconds: 86_400)
        }
        return numbers
    }

    @Test func aSummaryIsWhatTheContractSays() async throws {
        try await Desk.open { desk in
            let order = try await desk.place(items: #"[{"sku":"A","quantity":5},{"sku":"B","quantity":2}]"#)
            let answer = try await desk.staff(.get, "/v1/staff/orders")
            #expect(answer.status == 200)
            #expect(
                answer.body == """
                    {"data":[{"number":"\(order.number)","status":"placed","placed_at":"2026-09-21T14:13:20.000Z",\
                    "updated_at":"2026-09-21T14:13:20.000Z","recipient":"Ana María Núñez","organization":null,\
                    "city":"Springfield","region":"IL","titles":2,"copies":7,\
                    "total_weight":{"value":1.8,"unit":"lb"},"flags":[],"erased_at":null}],\
                    "next_cursor":null,"count":{"value":1,"capped":false}}
                    """)
            #expect(answer.headers[.link] == nil)
        }
    }

    @Test func pagesFollowEachOtherNewestFirstWhileOrdersArrive() async throws {
        try await Desk.open { desk in
            let numbers = try await placeDaily(desk, 5)
            var path = "/v1/staff/orders?limit=2&status=placed"
            var seen: [String] = []
            for pageSize in [2, 2, 1] {
                let page = try await desk.staff(.get, path)
                #expect(page.column("number").count == pageSize)
                seen += page.column("number")
                _ = try await desk.place(name: "Late \(pageSize)")
                guard let cursor = page.json["next_cursor"]?.stringValue else {
                    #expect(page.headers[.link] == nil)
                    break
                }
                let link = try #require(page.headers[.link])
                #expect(link == "</v1/staff/orders?limit=2&status=placed&cursor=\(cursor)>; rel=\"next\"")
                path = String(link.dropFirst().prefix { $0 != ">" })
            }
            #expect(seen == numbers)
        }
    }

    @Test func aSearchByBodyAnswersAsTheListAndLinksNowhere() async throws {
        try await Desk.open { desk in
            let numbers = try await placeDaily(desk, 3)
            let page = try await desk.staff(.post, "/v1/staff/orders/search", #"{"limit":2,"status":["placed"]}"#)
            #expect(page.column("number") == Array(numbers.prefix(2)))
            #expect(page.headers[.link] == nil)
            let cursor = try #require(page.json["next_cursor"]?.stringValue)
            let rest = try await desk.staff(
                .post, "/v1/staff/orders/search", #"{"limit":2,"status":"placed","cursor":"\#(cursor)"}"#)
            #expect(rest.column("number") == [numbers[2]])
        }
    }

    @Test func ordersAreFoundByWhatIsTyped() async throws {
        try await Desk.open { desk in
            let ana = try await desk.place()
            desk.clock.advance(milliseconds: 1)
            let bo = try await desk.place(name: "Bo Li", city: "Peoria", email: "bo@clinic.example")
            _ = try await desk.staff(.post, "/v1/staff/orders/\(bo.number)/hold", #"{"reason":"check"}"#)
            let cases: [(String, [String])] = [
                ("q=nunez", [ana.number]), ("q=An%C3%A1+mar", [ana.number]), ("q=peoria", [bo.number]),
                ("q=bo@clin", [bo.number]), ("q=@example.org", [ana.number]), ("q=\(ana.number)", [ana.number]),
                ("q=\(bo.number.replacing("-", with: ""))", [bo.number]), ("q=nobody", []),
                ("status=on_hold", [bo.number]), ("status=on_hold&status=placed", [bo.number, ana.number]),
                ("status=placed&q=bo", []), ("q=", [bo.number, ana.number]), ("flag=possible_duplicate", []),
            ]
            for (query, numbers) in cases {
                let answer = try await desk.staff(.get, "/v1/staff/orders?\(query)")
                #expect(answer.column("number") == numbers, "\(query): \(answer.body)")
                #expect(answer.json["count"]?["value"]?.intValue == numbers.count, "\(query)")
            }
        }
    }

    @Test func aDateAloneIsAWholeDayOfTheOffice() async throws {
        try await Desk.open { desk in
            // 14:13 UTC is 10:13 in New York; midnight there is 04:00 UTC.
            let numbers = try await placeDaily(desk, 3)
            let cases: [(String, [String])] = [
                ("placed_from=2026-09-22&placed_to=2026-09-22", [numbers[1]]),
                ("placed_from=2026-09-22", [numbers[0], numbers[1]]),
                ("placed_to=2026-09-22", [numbers[1], numbers[2]]),
                ("placed_to=2026-09-22T14:13:20Z", [numbers[1], numbers[2]]),
                ("placed_to=2026-09-22T14:13:19.999Z", [numbers[2]]),
                ("placed_from=2026-09-22T10:13:20-04:00&placed_to=2026-09-22", [numbers[1]]),
                ("placed_from=2026-09-24", []),
            ]
            for (query, expected) in cases {
                let answer = try await desk.staff(.get, "/v1/staff/orders?\(query)")
                #expect(answer.column("number") == expected, "\(query)")
            }
        }
    }

    @Test func everyWrongParameterIsNamedAtOnce() async throws {
        try await Desk.open { desk in
            let query =
                "status=lost&status=placed&flag=red&limit=201&cursor=xyz&placed_from=yesterday&placed_to=2026-02-30"
            let get = try await desk.staff(.get, "/v1/staff/orders?\(query)")
            #expect(get.status == 400)
            #expect(get.problem == "malformed-request")
            let expected = [
                "/status unknown_value", "/flag unknown_value", "/placed_from invalid_time", "/placed_to invalid_time",
                "/limit out_of_range", "/cursor invalid_cursor",
            ]
            #expect(get.errors == expected)
            let post = try await desk.staff(
                .post, "/v1/staff/orders/search",
                """
                {"status":["lost"],"flag":"red","limit":0,"cursor":"xyz","placed_from":"yesterday",\
                "placed_to":"2026-02-30"}
                """)
            #expect(post.errors == ["/status/0 unknown_value"] + expected.dropFirst())
            let types = try await desk.staff(
                .post, "/v1/staff/orders/search", #"{"status":[1],"q":2,"limit":"3","cursor":4,"flag":[]}"#)
            #expect(types.status == 400)
            #expect(types.errors.allSatisfy { $0.hasSuffix("wrong_type") })
            #expect(types.errors.count == 5)
            for query in ["limit=x", "limit=1&limit=2", "q=%FF", "q=%4", "q=a&q=b"] {
                #expect(try await desk.staff(.get, "/v1/staff/orders?\(query)").status == 400, "\(query)")
            }
        }
    }

    @Test func aChangedOrForeignCursorIsMalformed() async throws {
        try await Desk.open { desk in
            _ = try await placeDaily(desk, 2)
            let deliveries = try await desk.staff(.get, "/v1/staff/deliveries?limit=1")
            let foreign = try #require(deliveries.json["next_cursor"]?.stringValue)
            let orders = try await desk.staff(.get, "/v1/staff/orders?limit=1")
            let own = try #require(orders.json["next_cursor"]?.stringValue)
            let last = try #require(own.last)
            let changed = String(own.dropLast()) + (last == "A" ? "B" : "A")
            for cursor in [foreign, changed, String(own.dropLast()), own + "A", "AQ"] {
                let answer = try await desk.staff(.get, "/v1/staff/orders?cursor=\(cursor)")
                #expect(answer.status == 400)
                #expect(answer.errors == ["/cursor invalid_cursor"])
            }
        }
    }

    @Test func theSheetHoldsEveryOrderThatFitsAndNoFormula() async throws {
        try await Desk.open { desk in
            let bo = try await desk.place(name: #"=HYPERLINK(\"x\"), Bo"#)
            desk.clock.advance(milliseconds: 1)
            let ana = try await desk.place()
            let answer = try await desk.staff(.get, "/v1/staff/orders.csv?status=placed")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "text/csv; charset=utf-8; header=present")
            #expect(answer.headers[.contentDisposition] == "attachment; filename=\"orders.csv\"")
            let time = "2026-09-21T14:13:20.000Z"
            let later = "2026-09-21T14:13:20.001Z"
            #expect(
                answer.body
                    == [
                        "number,status,placed_at,updated_at,recipient,organization,city,region,titles,copies,"
                            + "total_weight,weight_unit,flags",
                        "\(ana.number),placed,\(later),\(later),Ana María Núñez,,Springfield,IL,1,5,1,lb,possible_duplicate",
                        "\(bo.number),placed,\(time),\(time),\"'=HYPERLINK(\"\"x\"\"), Bo\",,Springfield,IL,1,5,1,lb,",
                        "",
                    ].joined(separator: "\r\n"))
            #expect(try await desk.staff(.get, "/v1/staff/orders.csv?status=lost").status == 400)
        }
    }

    @Test func theSheetGoesOnBeyondOneRead() async throws {
        try await Desk.open { desk in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<1003 {
                    if index >= 40 { try await group.next() }
                    group.addTask { _ = try await desk.place(name: "Reader \(index)") }
                }
                try await group.waitForAll()
            }
            let rows = try await desk.staff(.get, "/v1/staff/orders.csv").body.split(separator: "\r\n")
            #expect(rows.count == 1004)
            #expect(Set(rows).count == 1004)
        }
    }

    @Test func statesAreCounted() async throws {
        try await Desk.open { desk in
            _ = try await desk.place()
            let answer = try await desk.staff(.get, "/v1/staff/counts")
            #expect(answer.json["data"]?["placed"]?["value"]?.intValue == 1)
            #expect(answer.json["data"]?["placed"]?["capped"]?.boolValue == false)
            #expect(answer.json["data"]?["delivered"]?["value"]?.intValue == 0)
        }
    }
}

struct CursorTests {
    @Test func aCursorComesBackAsItWas() {
        for key in [0, 1, Int64.max, Int64.min, 1_790_000_000_000 << 20] {
            let cursor = Cursor(.orders, after: key)
            #expect(Cursor(cursor.text, of: .orders) == cursor)
            #expect(Cursor(cursor.text, of: .updates) == nil)
        }
    }
}

struct OfficeCalendarTests {
    private let newYork = OfficeCalendar(timeZone: "America/New_York")

    @Test(arguments: [
        ("2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"),
        ("2026-11-01", "2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z"),
        ("2026-12-31", "2026-12-31T05:00:00.000Z", "2027-01-01T05:00:00.000Z"),
        ("1969-07-20", "1969-07-20T04:00:00.000Z", "1969-07-21T04:00:00.000Z"),
    ])
    func aDayBeginsAndEndsAtItsMidnights(date: String, start: String, end: String) {
        #expect(newYork.start(date)?.description == start)
        #expect(newYork.end(date)?.description == end)
    }

    @Test func aDayWithoutMidnightBeginsAtItsFirstMoment() {
        // On 8 September 2024 clocks in Santiago went from 24:00 to 01:00.
        let santiago = OfficeCalendar(timeZone: "America/Santiago")
        #expect(santiago.start("2024-09-08")?.description == "2024-09-08T04:00:00.000Z")
    }

    @Test(arguments: ["2026-02-30", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-01T00:00", "", "tomorrow"])
    func whatIsNoDateIsRefused(text: String) {
        #expect(newYork.start(text) == nil)
        #expect(newYork.end(text) == nil)
    }
}
