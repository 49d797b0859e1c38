import Testing

@testable import Orders

@Suite struct OrderFormTests {
    private static let address = #"""
        "ship_to":{"name":"Jane Doe","line1":"1 Main St","city":"Springfield","region":"IL","postal_code":"62701","country":"US"}
        """#

    private func verdict(_ text: String) throws -> OrderVerdict {
        try OrderForm.read(JSONReader.read(Array(text.utf8))).validated(against: Sample.catalog, rules: Sample.rules)
    }

    /// `pointer code` of each problem, however the request was refused.
    private func problems(_ text: String) throws -> [String] {
        do {
            switch try verdict(text) {
            case .accepted: return []
            case .invalid(let problems): return problems.map { "\($0.pointer) \($0.code)" }
            case .tooHeavy(let excess): return excess.problems.map { "\($0.pointer) \($0.code)" }
            }
        } catch let malformed as MalformedRequest {
            return malformed.problems.map { "400 \($0.pointer) \($0.code)" }
        }
    }

    private func items(_ items: String) -> String { "{\"items\":\(items),\(Self.address)}" }

    @Test(arguments: [
        ("0", "/items/0/quantity out_of_range"), ("-1", "/items/0/quantity out_of_range"),
        ("101", "/items/0/quantity out_of_range"), ("1000000000000000", "/items/0/quantity out_of_range"),
        ("100000000000000000000000000", "/items/0/quantity out_of_range"), ("1.5", "400 /items/0/quantity wrong_type"),
        ("1.0", "400 /items/0/quantity wrong_type"), ("1e3", "400 /items/0/quantity wrong_type"),
        ("\"5\"", "400 /items/0/quantity wrong_type"), ("true", "400 /items/0/quantity wrong_type"),
        ("null", "/items/0/quantity required"), ("[]", "400 /items/0/quantity wrong_type"),
    ])
    func aQuantityIsAnIntegerLiteralInRange(literal: String, problem: String) throws {
        #expect(try problems(items("[{\"sku\":\"A\",\"quantity\":\(literal)}]")) == [problem])
    }

    @Test func theNumberOfLinesIsBounded() throws {
        #expect(try problems(items("[]")) == ["/items too_few_items"])
        #expect(try problems("{\(Self.address)}") == ["/items required"])
        let line = "{\"sku\":\"A\",\"quantity\":1}"
        #expect(
            try problems(items("[" + Array(repeating: line, count: 101).joined(separator: ",") + "]")) == [
                "/items too_many_items"
            ])
    }

    @Test func aTitleMustExistBeAvailableAndStandOnce() throws {
        let text = items(
            #"[{"sku":"NO","quantity":1},{"sku":"OUT","quantity":1},{"sku":"A","quantity":1},{"sku":"A","quantity":1}]"#
        )
        #expect(
            try problems(text) == [
                "/items/0/sku unknown_sku", "/items/1/sku unavailable", "/items/3/sku duplicate_sku",
            ])
    }

    @Test func everyProblemIsFoundAtOnce() throws {
        let text =
            #"{"items":[{"sku":"NO","quantity":0}],"ship_to":{"name":" ","line1":"a\u0000b","city":"X","region":"ZZ","postal_code":"1"},"email":"no","requester_type":"cat","language":"fr","notes":"a\tb"}"#
        #expect(
            try problems(text) == [
                "/items/0/sku unknown_sku", "/items/0/quantity out_of_range", "/ship_to/name required",
                "/ship_to/line1 control_character", "/ship_to/region unknown_region",
                "/ship_to/postal_code invalid_postal_code", "/email invalid_email", "/requester_type unknown_value",
                "/language unknown_value", "/notes control_character",
            ])
    }

    @Test func everyWrongTypeIsFoundAtOnceAndNothingElseIsJudged() throws {
        let text = #"{"items":[1,{"sku":2,"quantity":"3"}],"ship_to":{"name":4,"city":[]},"email":{},"notes":false}"#
        #expect(
            try problems(text) == [
                "400 /items/0 wrong_type", "400 /items/1/sku wrong_type", "400 /items/1/quantity wrong_type",
                "400 /ship_to/name wrong_type", "400 /ship_to/city wrong_type", "400 /email wrong_type",
                "400 /notes wrong_type",
            ])
        #expect(try problems("[]") == ["400  wrong_type"])
        #expect(try problems(#"{"items":{},"ship_to":[]}"#) == ["400 /items wrong_type", "400 /ship_to wrong_type"])
    }

    @Test func textIsTrimmedAndNormalisedAndMayBeOfAnyScript() throws {
        let text =
            #"{"items":[{"sku":"A","quantity":1}],"ship_to":{"name":"  Jose\u0301 \u05d3\u05d5\u05d3 ","line1":"١ شارع","line2":"  ","city":"X","region":"il","postal_code":"62701"},"notes":" a\r\nb ","unknown":{"x":[1]}}"#
        guard case .accepted(let draft) = try verdict(text) else { return #expect(Bool(false)) }
        #expect(draft.shipTo.name.unicodeScalars.elementsEqual("José דוד".unicodeScalars))
        #expect(draft.shipTo.line2 == nil && draft.shipTo.region == "IL" && draft.shipTo.country == "US")
        #expect(draft.notes == "a\nb" && draft.requesterType == .other && draft.language == .english)
    }

    @Test func lengthsCountCharactersNotBytes() throws {
        func named(_ name: String) -> String {
            #"{"items":[{"sku":"A","quantity":1}],"ship_to":{"name":"\#(name)","line1":"1","city":"X","region":"IL","postal_code":"62701"}}"#
        }
        #expect(try problems(named(String(repeating: "é", count: 100))) == [])
        #expect(try problems(named(String(repeating: "é", count: 101))) == ["/ship_to/name too_long"])
    }

    @Test(arguments: ["\u{7F}", "\u{85}", "\u{2028}", "\u{1B}[31m"])
    func controlCharactersAreRefusedWhateverTheirPlane(text: String) throws {
        var form = try OrderForm.read(JSONReader.read(Array(items(#"[{"sku":"A","quantity":1}]"#).utf8)))
        form.shipTo?.name = "a\(text)b"
        guard case .invalid(let problems) = form.validated(against: Sample.catalog, rules: Sample.rules) else {
            return #expect(Bool(false))
        }
        #expect(problems.map(\.code) == ["control_character"])
    }

    @Test func weightIsJudgedOnlyOnAnOtherwiseValidOrder() throws {
        let heavy = #"[{"sku":"A","quantity":100},{"sku":"C","quantity":2}]"#
        #expect(try problems(items(heavy)) == ["/items/0/quantity over_weight", "/items/1/quantity over_weight"])
        #expect(try problems("{\"items\":\(heavy)}") == ["/ship_to required"])
        guard case .tooHeavy(let excess) = try verdict(items(heavy)) else { return #expect(Bool(false)) }
        #expect(excess.total.description == "20.2 lb" && excess.excess.description == "0.2 lb")
        #expect(excess.problems.map(\.quantityThatFits) == [99, 0])
    }

    @Test func whatFitsReallyFitsAndOneMoreDoesNot() throws {
        for (first, second) in [(100, 2), (3, 199), (100, 1000), (1, 500), (60, 150)] {
            let text = items(#"[{"sku":"A","quantity":\#(first)},{"sku":"C","quantity":\#(second)}]"#)
            guard case .tooHeavy(let excess) = try verdict(text) else { continue }
            let a = try #require(Sample.catalog["A"]).unitWeight.weight
            let c = try #require(Sample.catalog["C"]).unitWeight.weight
            let fits = excess.problems.compactMap(\.quantityThatFits)
            #expect(fits[0] == 0 || a * fits[0] + c * second <= Sample.limit.weight)
            #expect(a * (fits[0] + 1) + c * second > Sample.limit.weight || fits[0] == 100)
            #expect(fits[1] == 0 || a * first + c * fits[1] <= Sample.limit.weight)
            #expect(a * first + c * (fits[1] + 1) > Sample.limit.weight)
        }
    }

    @Test func aQuoteAnswersOverTheLimitAndRefusesTheUnknown() throws {
        let form = try QuoteForm.read(
            JSONReader.read(Array(#"{"items":[{"sku":"A","quantity":100},{"sku":"B","quantity":1}]}"#.utf8)))
        guard case .quoted(let quote) = form.quoted(against: Sample.catalog, limit: Sample.limit) else {
            return #expect(Bool(false))
        }
        #expect(!quote.isWithinLimit && quote.remaining.decimal == "0" && quote.total.description == "20.4 lb")
        #expect(quote.lines.map(\.quantityThatFits) == [98, 0])
        let wrong = try QuoteForm.read(JSONReader.read(Array(#"{"items":[{"sku":"NO","quantity":0}]}"#.utf8)))
        guard case .invalid(let problems) = wrong.quoted(against: Sample.catalog, limit: Sample.limit) else {
            return #expect(Bool(false))
        }
        #expect(problems.map(\.code) == ["unknown_sku", "out_of_range"])
    }

    @Test func theMeaningOfARequestIsWhatRemainsAfterParsing() throws {
        let one = try OrderForm.read(
            JSONReader.read(Array(#"{"items":[{"sku":"A","quantity":1}],"email":null,"x":1}"#.utf8)))
        let same = try OrderForm.read(
            JSONReader.read(Array(#"{ "items" : [ {"quantity":1, "sku":"\u0041","y":2} ] }"#.utf8)))
        let other = try OrderForm.read(JSONReader.read(Array(#"{"items":[{"sku":"A","quantity":2}]}"#.utf8)))
        #expect(one.canonicalBytes == same.canonicalBytes && one.canonicalBytes != other.canonicalBytes)
        let plain = try OrderForm.read(JSONReader.read(Array(#"{"ship_to":{"name":"A B","region":"IL"}}"#.utf8)))
        let spelled = try OrderForm.read(
            JSONReader.read(
                Array(
                    #"{"ship_to":{"name":" A B ","region":"il","country":"us"},"language":"en","requester_type":"other","notes":" "}"#
                        .utf8)))
        #expect(plain.canonicalBytes == spelled.canonicalBytes)
    }

    /// E-mails in ASCII are judged by bytes; one letter beyond it sends the whole address the other way.
    @Test func anEmailIsJudgedTheSameBothWays() {
        for byte in UInt8(0)..<0x80 {
            let sign = Character(Unicode.Scalar(byte))
            for (local, domain) in [("a\(sign)b", "x.org"), ("ab", "x\(sign)y.org"), ("ab", "xy.\(sign)")] {
                let (plain, other) = ("\(local)@\(domain)", "é\(local)@\(domain)")
                #expect(OrderForm.isEmail(plain) == OrderForm.isEmail(other), "\(byte) in \(plain.debugDescription)")
            }
        }
        #expect(OrderForm.isEmail("a@x.org") && !OrderForm.isEmail("a@x"))
    }
}
