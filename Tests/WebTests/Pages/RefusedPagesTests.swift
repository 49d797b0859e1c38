import HTTPTypes
import Orders
import TestSupport
import Testing

@testable import Web

/// What goes wrong on each page: everything typed is still there, and the page says what to do.
struct RefusedPagesTests {
    @Test func nothingChosenIsRefused() async throws {
        try await Desk.open { desk in
            let answer = try await Visitor(desk).post("/order/booklets", ["shown": "A,B", "continue": "1"])
            #expect(answer.isRefused(["pick-A"]))
            #expect(answer.body.contains("Choose at least one booklet"))
        }
    }

    @Test func copiesThatAreNoNumberOrTooManyAreKeptAsTyped() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            let answer = try await reader.post(
                "/order/copies", ["copies.A": "three <b>", "copies.B": "51", "continue": "1"])
            #expect(answer.isRefused(["copies-1", "copies-2"]))
            #expect(answer.body.contains(#"value="three &lt;b&gt;""#) && answer.body.contains(#"value="51""#))
            #expect(answer.body.contains("You can order up to 50 copies of About B"))
        }
    }

    @Test func tooHeavySaysHowFarAndForEachLineWhatWouldFit() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            _ = try await reader.post(
                "/order/booklets", ["shown": "A,B,HEAVY", "pick": "A", "pick": "HEAVY", "continue": "1"])
            // 5 lb × 4 is the whole limit; a copy of A is 0.2 lb.
            let over: KeyValuePairs = ["copies.A": "3", "copies.HEAVY": "4", "continue": "1"]
            let answer = try await reader.post("/order/copies", over)
            #expect(answer.isRefused(["copies-2"]))
            #expect(answer.body.contains("Your order is 0.6 pounds too heavy."))
            #expect(answer.body.contains("No copy of this fits beside the others."))
            #expect(answer.body.contains("3 copies would fit.") && answer.body.contains(#"value="HEAVY:3""#))
            #expect(try await reader.post("/order/copies", ["fit": "HEAVY:3"]).status == 303)
            let page = try await reader.get("/order/copies")
            #expect(page.body.contains("Your order weighs 15.6 pounds. You have room for 4.4 pounds more."))
            #expect(try await reader.post("/order/copies", ["continue": "1"]).headers[.location] == "/order/address")
        }
    }

    @Test func nothingIsOfferedThatDoesNotBringTheOrderWithinTheLimit() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            _ = try await desk.store.put([Desk.title("HEAVIER", "6 lb")])
            let picked = try await reader.post(
                "/order/booklets",
                ["shown": "A,HEAVY,HEAVIER", "pick": "A", "pick": "HEAVY", "pick": "HEAVIER", "continue": "1"])
            #expect(picked.status == 303)
            let offer = #"name="fit" value=""#
            let several = "You need fewer copies of more than one booklet."
            // 25 lb and 24 lb: without either it is still too heavy.
            let both = try await reader.post(
                "/order/copies", ["copies.A": "1", "copies.HEAVY": "5", "copies.HEAVIER": "4", "continue": "1"])
            #expect(both.isRefused(["copies-2"]))
            #expect(both.body.ranges(of: several).count == 1 && !both.body.contains(offer))
            // 25 lb and 6 lb: fewer of the first are enough, and without A it stays too heavy.
            let one = try await reader.post(
                "/order/copies", ["copies.A": "1", "copies.HEAVY": "5", "copies.HEAVIER": "1", "continue": "1"])
            #expect(one.isRefused(["copies-2"]))
            #expect(one.body.ranges(of: offer).count == 1 && one.body.contains(#"value="HEAVY:2""#))
            #expect(!one.body.contains(several) && !one.body.contains("Take it out"))
        }
    }

    @Test(arguments: [("101", "2"), ("many", "5")])
    func anotherTitlesNumberTakesNoneOut(wrong: String, heavy: String) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            _ = try await reader.post(
                "/order/booklets", ["shown": "A,B,HEAVY", "pick": "A", "pick": "B", "pick": "HEAVY", "continue": "1"])
            let answer = try await reader.post(
                "/order/copies",
                ["copies.A": "\(wrong)", "copies.B": "1", "copies.HEAVY": "\(heavy)", "continue": "1"])
            #expect(answer.isRefused(["copies-1"]))
            #expect(!answer.body.contains("Take it out") && !answer.body.contains(#"name="fit""#))
        }
    }

    @Test func exactlyTheLimitIsAccepted() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            _ = try await reader.post("/order/booklets", ["shown": "HEAVY", "pick": "HEAVY", "continue": "1"])
            let answer = try await reader.post("/order/copies", ["copies.HEAVY": "4", "continue": "1"])
            #expect(answer.headers[.location] == "/order/address")
            let page = try await reader.get("/order/copies")
            #expect(page.body.contains("Almost full. Your order weighs 20.0 pounds. You have room for 0.0 pounds"))
        }
    }

    @Test func theSteppersAndRemoveAreCountedByTheServer() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            for (step, expected) in [("A:1", "8"), ("A:-1", "6")] {
                let answer = try await reader.post(
                    "/order/copies", ["copies.A": "7", "copies.B": "x", "step": "\(step)"])
                #expect(answer.headers[.location] == "/order/copies#line-1")
                let page = try await reader.get("/order/copies").body
                #expect(page.contains(#"name="copies.A" value="\#(expected)""#))
                #expect(page.contains(#"name="copies.B" value="x""#))
            }
            _ = try await reader.post("/order/copies", ["copies.A": "1", "step": "A:-1"])
            #expect(try await reader.get("/order/copies").body.contains(#"name="copies.A" value="1""#))
            _ = try await reader.post("/order/copies", ["copies.B": "4", "remove": "B"])
            #expect(try await reader.get("/order/copies").body.contains("About B is out of your order."))
            _ = try await reader.post("/order/copies", ["undo": "1"])
            #expect(try await reader.get("/order/copies").body.contains(#"name="copies.B" value="4""#))
            _ = try await reader.post("/order/copies", ["copies.A": "0", "copies.B": "2", "continue": "1"])
            let page = try await reader.get("/order/copies").body
            #expect(!page.contains("copies.A") && page.contains("About A is out of your order."))
        }
    }

    @Test(arguments: [
        ("", ["name", "line1", "city", "region", "postal_code"]),
        ("Narnia", ["name", "line1", "city", "region", "postal_code"]),
    ])
    func anEmptyAddressIsRefusedFieldByField(region: String, fields: [String]) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            let answer = try await reader.post(
                "/order/address", ["region": "\(region)", "line2": "Apt 5", "continue": "1"])
            #expect(answer.isRefused(fields))
            #expect(answer.body.contains(#"value="Apt 5""#) && answer.body.contains(#"value="\#(region)""#))
            #expect(answer.body.contains(#"<p class="message" id="name-error">Enter the name for the package</p>"#))
        }
    }

    @Test func aZIPCodeOfAnotherStateNamesTheState() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose("/es")
            let answer = try await reader.post(
                "/es/order/address",
                [
                    "name": "Ana", "line1": "1", "city": "X", "region": "Tejas", "postal_code": "62701",
                    "continue": "1",
                ])
            #expect(answer.body.contains("Este código postal (ZIP) es de Illinois."))
        }
    }

    @Test func textThatIsTooLongOrCannotBePrintedIsRefused() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            let answer = try await reader.post(
                "/order/address",
                [
                    "name": "A\u{7}", "line1": "1", "city": "\(String(repeating: "x", count: 61))", "region": "IL",
                    "postal_code": "62701", "continue": "1",
                ])
            #expect(answer.isRefused(["name", "city"]))
            #expect(answer.body.contains("City must be 60 characters or less"))
        }
    }

    @Test func anAddressAbroadIsANoticeAndNoError() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            let answer = try await reader.post(
                "/order/address",
                [
                    "name": "Ana", "line1": "1 Rue", "city": "Montréal", "region": "Québec", "postal_code": "H2X 1Y4",
                    "continue": "1",
                ])
            #expect(answer.status == 422)
            #expect(answer.body.contains("We can mail only to U.S. addresses."))
            #expect(!answer.body.contains("There is a problem") && !answer.body.contains("<title>Error"))
            #expect(answer.body.contains(#"value="Québec""#))
        }
    }

    @Test func anEmailAndAPhoneThatAreNoneAreRefused() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            _ = try await reader.post("/order/address", Visitor.address)
            let answer = try await reader.post(
                "/order/contact", ["email": "ana", "phone": "12", "requester": "caregiver", "continue": "1"])
            #expect(answer.isRefused(["email", "phone"]))
            #expect(answer.body.contains(#"value="caregiver" checked"#))
            let trapped = try await reader.post("/order/contact", ["leave_blank": "x", "continue": "1"])
            #expect(trapped.isRefused(["leave_blank"]))
            let blank = try await reader.post("/order/contact", ["continue": "1"])
            #expect(blank.headers[.location] == "/order/check")
        }
    }

    @Test func switchingTheLanguageKeepsWhatIsHalfTyped() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            let answer = try await reader.post(
                "/es/order/address", ["name": "Ana", "postal_code": "half", "switch": "es"])
            #expect(answer.headers[.location] == "/es/order/address")
            let page = try await reader.get("/es/order/address").body
            #expect(page.contains(#"value="Ana""#) && page.contains(#"value="half""#))
            #expect(!page.contains("Hay un problema"))
        }
    }

    @Test(arguments: ["", "/es"])
    func goingBackKeepsWhatIsHalfTyped(prefix: String) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose(prefix)
            let button = #"<button class="plain" form="answers" formnovalidate name="back" value="1">"#
            for path in ["/order/copies", "/order/address"] {
                #expect(try await reader.get(prefix + path).body.contains(button), "\(path)")
            }
            let copies = try await reader.post(prefix + "/order/copies", ["copies.A": "many", "back": "1"])
            #expect(copies.headers[.location] == prefix + "/")
            #expect(try await reader.get(prefix + "/order/copies").body.contains(#"value="many""#))
            let address = try await reader.post(
                prefix + "/order/address", ["name": "Ana", "postal_code": "half", "back": "1"])
            #expect(address.headers[.location] == prefix + "/order/copies")
            let half = try await reader.get(prefix + "/order/address")
            #expect(half.body.contains(#"value="Ana""#) && half.body.contains(#"value="half""#))
            #expect(half.status == 200 && !half.body.contains(#"class="message""#))
            _ = try await reader.post(prefix + "/order/address", Visitor.address)
            #expect(try await reader.get(prefix + "/order/contact").body.contains(button))
            let contact = try await reader.post(
                prefix + "/order/contact", ["email": "ana", "requester": "caregiver", "back": "1"])
            #expect(contact.headers[.location] == prefix + "/order/address")
            let page = try await reader.get(prefix + "/order/contact").body
            #expect(page.contains(#"value="ana""#) && page.contains(#"value="caregiver" checked"#))
        }
    }

    @Test func whatIsBrokenOnTheWayToTheOtherLanguageIsAskedForAgain() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            _ = try await reader.post(
                "/es/order/address",
                [
                    "name": "Ana", "line1": "1 Main St", "city": "Springfield", "region": "IL", "postal_code": "6270",
                    "switch": "es",
                ])
            #expect(try await reader.get("/es/order/check").headers[.location] == "/es/order/address")
            #expect(try await reader.post("/es/order/send").headers[.location] == "/es/order/address")
            _ = try await reader.post("/order/address", Visitor.address)
            _ = try await reader.post("/es/order/contact", ["email": "ana", "switch": "es"])
            #expect(try await reader.get("/es/order/check").headers[.location] == "/es/order/contact")
            // Whole again without Continue is not gone through.
            _ = try await reader.post("/order/contact", ["email": "", "switch": "en"])
            #expect(try await reader.get("/order/check").headers[.location] == "/order/contact")
        }
    }

    @Test func switchingTheLanguageWithoutBreakingAnythingLosesNothing() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            _ = try await reader.post(
                "/es/order/address",
                [
                    "name": "Ana", "line1": "2 Main St", "city": "Springfield", "region": "IL", "postal_code": "62701",
                    "switch": "es",
                ])
            _ = try await reader.post("/es/order/contact", ["email": "ana@example.org", "switch": "es"])
            #expect(try await reader.get("/es/order/check").status == 200)
        }
    }

    @Test func sendingLeadsToThePageThatIsWrong() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            guard case .open(let whole) = try await reader.draft(), let id = reader.cookies["__Host-draft"] else {
                Issue.record("there is no draft")
                return
            }
            // As an older version of the pages may have kept it: said to be right, and not.
            for (isAddress, path) in [(true, "/order/address"), (false, "/order/contact")] {
                var sheet = whole
                if isAddress { sheet.postalCode = "6270" } else { sheet.email = "ana" }
                #expect(try await desk.store.keep(sheet, as: DraftID.hash(id), at: desk.clock.now))
                #expect(try await reader.post("/order/send").headers[.location] == path)
            }
        }
    }

    @Test func anUrbanizationStaysInPuertoRico() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            func post(_ region: String, _ code: String, _ field: String = "urbanization") async throws -> Answer {
                try await reader.post(
                    "/order/address",
                    [
                        "name": "Ana", "line1": "1 Main St", "city": "X", "region": "\(region)",
                        "postal_code": "\(code)", "\(field)": "Las Gladiolas", "continue": "1",
                    ])
            }
            let asked = try await post("Puerto Rico", "00926", "none")
            #expect(asked.body.contains("Does the address have an urbanization?"))
            #expect(try await post("PR", "00926").headers[.location] == "/order/contact")
            #expect(try await reader.get("/order/address").body.contains(#"value="Las Gladiolas""#))
            #expect(try await post("IL", "62701").headers[.location] == "/order/contact")
            let page = try await reader.get("/order/address").body
            #expect(!page.contains("Las Gladiolas") && !page.contains(#"id="urbanization""#))
        }
    }

    @Test(arguments: ["", "/es"])
    func wherePagesSayCallUsTheNumberIs(prefix: String) async throws {
        try await Desk.open(settings: { $0.organization.phone = "+1 202-555-0147" }) { desk in
            let reader = Visitor(desk)
            // Beside the one in the foot.
            func calls(_ answer: Answer) -> Int {
                answer.body.ranges(of: #"<a class="tel" href="tel:+12025550147">+1 202-555-0147</a>"#).count - 1
            }
            _ = try await reader.post(
                prefix + "/order/booklets", ["shown": "HEAVY", "pick": "HEAVY", "continue": "1"])
            let over = try await reader.post(prefix + "/order/copies", ["copies.HEAVY": "5", "continue": "1"])
            #expect(over.isRefused(["copies-1"]))
            #expect(calls(over) == 2)
            _ = try await reader.post(prefix + "/order/booklets", ["words": "nothing like this", "show": "1"])
            #expect(try await calls(reader.get(prefix.isEmpty ? "/" : prefix)) == 1)
            for path in ["/help", "/accessibility", "/s/nonsense"] {
                #expect(try await calls(reader.get(prefix + path)) == 1, "\(path)")
            }
            #expect(try await calls(reader.get(prefix + "/privacy")) == 0)
            let order = try await desk.place()
            #expect(try await calls(reader.get("\(prefix)/s/\(order.token)")) == 0)
            _ = try await desk.house(
                """
                {"type":"package.updated","data":{"order_number":"\(order.number)","package":{"id":"P1",\
                "status":"returned","items":[{"sku":"A","quantity":5}],"occurred_at":"2026-09-21T10:00:00Z"}}}
                """)
            #expect(try await calls(reader.get("\(prefix)/s/\(order.token)")) == 1)
            #expect(try await calls(reader.post("\(prefix)/s/\(order.token)/cancel")) == 1)
        }
    }

    @Test func noAddressWithAFragmentTellsATitleOrATopic() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            let lung = Title(
                sku: "L", title: "Lung Cancer", language: "en", format: "booklet", description: nil,
                unitWeight: try #require(StatedWeight(parsing: "1 oz")), maxQuantity: 10, available: true, pdfURL: nil)
            _ = try await desk.store.put([lung])
            let catalog = try await reader.get("/").body
            #expect(catalog.contains(##"<a href="#part-1">Lung cancer</a>"##) && catalog.contains(#"id="part-2""#))
            #expect(!catalog.contains("\"#lung") && !catalog.contains(#"id="lung""#))
            // One way on between the two groups, and the page's own.
            #expect(catalog.ranges(of: #"class="button quiet" name="continue""#).count == 1)
            #expect(catalog.ranges(of: #"class="button" name="continue""#).count == 1)
            try await reader.choose()
            let copies = try await reader.get("/order/copies").body
            #expect(copies.contains(#"id="copies-1" name="copies.A""#))
            #expect(copies.contains(#"data-for="copies-2""#) && !copies.contains("copies-A"))
        }
    }

    @Test func whatIsTickedOutsideTheFilterStays() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            _ = try await reader.post(
                "/order/booklets", ["shown": "A,B,HEAVY", "pick": "A", "pick": "B", "words": "heavy", "show": "1"])
            let page = try await reader.get("/")
            #expect(page.body.contains(#"id="pick-HEAVY""#) && !page.body.contains(#"id="pick-A""#))
            #expect(page.body.contains("You have chosen 2 booklets."))
            _ = try await reader.post("/order/booklets", ["shown": "HEAVY", "words": "", "show": "1"])
            let all = try await reader.get("/").body
            #expect(all.ranges(of: " checked>").count == 2)
            _ = try await reader.post("/order/booklets", ["shown": "A,B,HEAVY", "pick": "B", "show": "1"])
            #expect(try await reader.get("/").body.ranges(of: " checked>").count == 1)
        }
    }

    @Test func anUnavailableTitleHasNoBoxFromTheMomentItRunsOut() async throws {
        try await Desk.open { desk in
            for _ in 1...2 {
                let page = try await Visitor(desk).get("/").body
                #expect(page.ranges(of: "No printed copies right now").count == 1 && !page.contains("pick-OUT"))
            }
            _ = try await desk.store.put([Desk.title("A", "3.2 oz", available: false)])
            let page = try await Visitor(desk).get("/").body
            #expect(page.ranges(of: "No printed copies right now").count == 2 && !page.contains("pick-A"))
        }
    }
}
