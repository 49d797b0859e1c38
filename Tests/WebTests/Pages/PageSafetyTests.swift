import HTTPTypes
import Orders
import Testing

@testable import Web

struct PageSafetyTests {
    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]

    @Test(arguments: [
        [HTTPField(name: .secFetchSite, value: "cross-site")],
        [HTTPField(name: .secFetchSite, value: "same-site")],
        [HTTPField(name: .origin, value: "https://evil.example")],
        [HTTPField(name: .origin, value: "https://order.example.org.evil.example")],
        [HTTPField(name: .origin, value: "http://order.example.org")],
        [HTTPField(name: .origin, value: "null")],
        [],
    ])
    func aFormFromElsewhereIsRefused(fields: [HTTPField]) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.toCheck()
            let answer = try await reader.post("/order/send", headers: HTTPFields(fields))
            #expect(answer.status == 403)
            #expect(answer.heading == "Open this page again")
            #expect(try await desk.store.orders(OrderQuery()).count.value == 0)
            #expect(try await reader.get("/order/check").status == 200)
        }
    }

    @Test func ourOwnFormIsTakenByItsOriginOrItsToken() async throws {
        try await Desk.open { desk in
            for headers in [[HTTPField(name: .origin, value: "https://order.example.org")], []] {
                let reader = Visitor(desk)
                try await reader.toCheck()
                let id = try #require(reader.cookies["__Host-draft"])
                #expect(try await reader.get("/order/check").body.contains(DraftID.token(id)))
                let answer = try await reader.post(
                    "/order/send", ["token": "\(DraftID.token(id))"], headers: HTTPFields(headers))
                #expect(answer.status == 303)
            }
        }
    }

    @Test func theCookieIsForThisHostAlone() async throws {
        try await Desk.open { desk in
            let answer = try await Visitor(desk).post(
                "/order/booklets", ["shown": "A", "pick": "A", "continue": "1"])
            let cookie = try #require(answer.headers[.setCookie])
            #expect(cookie.hasPrefix("__Host-draft="))
            for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=86400"] {
                #expect(cookie.contains(part), "\(part)")
            }
        }
        let plain = Cookies(publicURL: "http://127.0.0.1:8080").field("draft", "x").value
        #expect(plain == "draft=x; Path=/; HttpOnly; SameSite=Lax")
    }

    @Test(arguments: ["/", "/es", "/privacy", "/order/clear", "/s/nonsense", "/nothing"])
    func everyPageCarriesThePolicyAndNoInlineCode(path: String) async throws {
        try await Desk.open { desk in
            let page = try await Visitor(desk).get(path)
            let policy = try #require(page.headers[.contentSecurityPolicy])
            for part in ["default-src 'none'", "style-src 'self'", "script-src 'self'", "form-action 'self'"] {
                #expect(policy.contains(part))
            }
            #expect(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"))
            #expect(!policy.contains("unsafe") && !policy.contains("http"))
            #expect(page.headers[.referrerPolicy] == "same-origin")
            #expect(page.headers[.xContentTypeOptions] == "nosniff")
            #expect(page.headers[.strictTransportSecurity] != nil)
            #expect(page.headers[.crossOriginOpenerPolicy] == "same-origin")
            #expect(page.headers[.permissionsPolicy] != nil)
            for inline in ["<style", "style=", " onclick", " onload", "<script>"] {
                #expect(!page.body.contains(inline), "\(inline)")
            }
        }
    }

    @Test func whatIsPersonalIsNotStoredByBrowsers() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            #expect(try await reader.get("/").headers[.cacheControl] == "private, no-cache")
            try await reader.toCheck()
            for path in ["/", "/order/copies", "/order/address", "/order/contact", "/order/check"] {
                #expect(try await reader.get(path).headers[.cacheControl] == "no-store", "\(path)")
            }
            let status = try await reader.get(try await reader.send())
            #expect(status.headers[.cacheControl] == "no-store")
            #expect(status.headers[.robotsTag]?.contains("noindex") == true)
        }
    }

    @Test func thePrivacyPageSaysHowLongOrdersAreKept() async throws {
        for (days, english, spanish) in [
            (90, "phone number 90 days after your order arrives.", "teléfono 90 días después de que llega su pedido."),
            (1, "phone number 1 day after your order arrives.", "teléfono 1 día después de que llega su pedido."),
        ] {
            try await Desk.open(settings: { $0.retentionDays = days }) { desk in
                let englishPage = try await desk.get("/privacy").body
                #expect(englishPage.contains(english))
                let spanishPage = try await desk.get("/es/privacy").body
                #expect(spanishPage.contains(spanish))
            }
        }
    }

    @Test func assetsAreKeptForGoodUnderTheHashOfTheirContent() async throws {
        try await Desk.open { desk in
            let page = try await Visitor(desk).get("/").body
            for (start, type) in [("/assets/site.", "text/css"), ("/assets/site.", "text/javascript")] {
                let path = try #require(
                    page.ranges(of: start).map { String(page[$0.lowerBound...].prefix { $0 != "\"" }) }
                        .first { $0.hasSuffix(type == "text/css" ? ".css" : ".js") })
                let asset = try await desk.get(path)
                #expect(asset.status == 200 && asset.headers[.contentType]?.hasPrefix(type) == true)
                #expect(asset.headers[.cacheControl] == "public, max-age=31536000, immutable")
                let tag = try #require(asset.headers[.eTag])
                #expect(try await desk.get(path, headers: [.ifNoneMatch: tag]).status == 304)
                #expect(asset.body.utf8.count <= (type == "text/css" ? 16 << 10 : 6 << 10))
            }
            #expect(try await desk.get("/assets/site.0.css").status == 404)
        }
    }

    @Test func anErrorIsAPageForABrowserAndADocumentForAProgram() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            #expect(try await reader.get("/nothing").heading == "We cannot find this page")
            #expect(try await reader.get("/es/nada").heading == "No encontramos esta página")
            #expect(try await desk.get("/nothing").problem == "not-found")
            #expect(try await reader.get("/v1/nothing").problem == "not-found")
            let wrongType = try await desk.post("/order/address", "{}")
            #expect(wrongType.status == 415 && wrongType.heading == "We could not read what was sent")
            let large = try await reader.post(
                "/order/address", ["name": "\(String(repeating: "x", count: 70_000))"])
            #expect(large.status == 413)
            #expect(large.headers[.contentType]?.hasPrefix("text/html") == true)
        }
    }

    @Test func theFirstLoadIsAtMost100Kilobytes() async throws {
        try await Desk.open { desk in
            let titles = try (1...62).map { number in
                Title(
                    sku: "FSAC-\(number)-EN", title: "Frankly Speaking About Cancer: Lung Cancer, part \(number)",
                    language: "en", format: "booklet",
                    description: "What it is, how it is found and treated, and how to live well with it, in words.",
                    unitWeight: try #require(StatedWeight(parsing: "3.2 oz")), maxQuantity: 100, available: true,
                    pdfURL: "https://www.example.org/publications/fsac-net-en-\(number).pdf")
            }
            _ = try await desk.store.put(titles)
            let page = try await Visitor(desk).get("/").body.utf8.count
            let assets = PageAssets()
            let all = page + assets.styles.bytes.count + assets.script.bytes.count + assets.mark.bytes.count
            #expect(all <= 100_000, "\(page) bytes of page, \(all) in all")
        }
    }

    @Test func theLanguageOfTheBrowserIsOnlyAHint() async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            let hinted = try await reader.get("/", headers: [.acceptLanguage: "es-MX,en;q=0.5"])
            #expect(hinted.heading == "Order free cancer booklets")
            #expect(hinted.body.contains(#"<p lang="es">Esta página también está en español."#))
            let plain = try await reader.get("/", headers: [.acceptLanguage: "en-US"])
            #expect(!plain.body.contains("Esta página"))
        }
    }

    @Test(arguments: [
        ("https://order.example.org", "https://order.example.org", PostOrigin.ours),
        ("https://order.example.org:443/x", "https://order.example.org", .ours),
        ("https://order.example.org", "https://order.example.org:8443", .foreign),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", .ours),
        ("http://127.0.0.1:8080", "http://localhost:8080", .foreign),
    ])
    func theOriginMustBeExactlyOurs(publicURL: String, origin: String, expected: PostOrigin) async throws {
        try await Desk.open(settings: { $0.publicURL = publicURL }) { desk in
            let answer = try await Visitor(desk).post(
                "/order/booklets", ["show": "1"], headers: [.origin: origin])
            #expect((answer.status == 303) == (expected == .ours))
        }
    }

    @Test func aFormIsDecodedAsABrowserWroteIt() throws {
        let form = try FormFields(Array("a=1+2&b=%C3%B1&a=3&copies.X=4&empty=&bare".utf8))
        #expect(form["a"] == "1 2" && form["b"] == "ñ" && form.all("a") == ["1 2", "3"])
        #expect(form["empty"] == "" && form["bare"] == "" && form["none"] == nil)
        #expect(form.named("copies.").map(\.name) == ["X"])
        #expect(throws: Problem.self) { try FormFields(Array("a=%FF".utf8)) }
        #expect(throws: Problem.self) { try FormFields(Array(String(repeating: "a&", count: 1001).utf8)) }
    }

    /// Two code points that Swift takes for one character, and a browser for a quotation mark and something else.
    @Test(arguments: ["\"", "<", ">", "&", "'"])
    func aCombiningMarkHidesNothingFromTheEscaping(sign: String) async throws {
        try await Desk.open { desk in
            let reader = Visitor(desk)
            try await reader.choose()
            _ = try await reader.post("/order/copies", ["copies.A": "1", "copies.B": "1", "continue": "1"])
            let typed = sign + "\u{301} onfocus=x"
            let answer = try await reader.post("/order/address", ["name": typed, "continue": "1"])
            #expect(answer.status == 422 && Self.holds(answer.body, ";\u{301} onfocus=x"))
            #expect(!Self.holds(answer.body, typed))
            // The control: the finder sees it where it is.
            #expect(Self.holds(answer.body + typed, typed))
        }
    }

    /// By bytes: strings compare by characters.
    private static func holds(_ text: String, _ part: String) -> Bool {
        Array(text.utf8).firstRange(of: Array(part.utf8)) != nil
    }
}
