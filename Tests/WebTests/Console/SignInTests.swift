import Foundation
import HTTPTypes
import HummingbirdTesting
import Orders
import TestSupport
import Testing

@testable import Web

/// Who gets in, how it is kept, and what is refused.
struct SignInTests {
    @Test func aSessionIsKeptInACookieThatOnlyThisHostSees() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = ConsoleBrowser(desk)
            let shown = try await browser.get("/staff/orders?view=all")
            #expect(shown.status == 303)
            #expect(shown.headers[.location] == "/staff/sign-in?to=%2Fstaff%2Forders%3Fview%3Dall")
            let page = try await browser.get("/staff/sign-in?to=%2Fstaff%2Forders%3Fview%3Dall")
            #expect(page.status == 200 && page.headers[.cacheControl] == "no-store")
            let answer = try await browser.post(
                "/staff/sign-in",
                [("email", " Staff@Example.org "), ("password", ConsoleBrowser.password), ("to", browser.hidden("to"))])
            #expect(answer.status == 303 && answer.headers[.location] == "/staff/orders?view=all")
            let cookie = try #require(answer.headers[values: .setCookie].first { $0.hasPrefix("__Host-staff=") })
            for attribute in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
                #expect(cookie.contains(attribute), "\(cookie)")
            }
            #expect(!cookie.contains("Max-Age") && !cookie.contains("Domain"))
            #expect(try await browser.get("/staff/orders").status == 200)
        }
    }

    @Test func overPlainHTTPToLoopbackTheCookieHasAPlainName() async throws {
        try await ConsoleBrowser.open(settings: { $0.publicURL = "http://127.0.0.1:8080" }) { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            #expect(browser.cookies["staff"] != nil && browser.session == nil)
            #expect(try await browser.get("/staff/orders").status == 200)
        }
    }

    @Test func aWrongPasswordAnUnknownAndADisabledAccountAreToldTheSame() async throws {
        try await ConsoleBrowser.open { desk in
            _ = try await desk.store.disable(name: "viewer", at: desk.clock.now)
            var bodies: Set<String> = []
            for (email, password) in [
                ("staff@example.org", "not this one"), ("nobody@example.org", ConsoleBrowser.password),
                ("viewer@example.org", ConsoleBrowser.password),
            ] {
                let browser = ConsoleBrowser(desk)
                let answer = try await browser.signIn(email, password)
                #expect(answer.status == 422 && browser.session == nil)
                bodies.insert(
                    answer.body.replacing(email, with: "").replacing(browser.token, with: ""))
                #expect(!answer.body.contains(password))
            }
            #expect(bodies.count == 1)
        }
    }

    @Test func signingInGivesANewSessionWhateverTheBrowserHeld() async throws {
        try await ConsoleBrowser.open { desk in
            let fixed = SessionSecret.random().text
            let browser = ConsoleBrowser(desk)
            browser.cookies["__Host-staff"] = fixed
            #expect(try await browser.signIn("staff@example.org").status == 303)
            #expect(browser.session != fixed)
            let thief = ConsoleBrowser(desk)
            thief.cookies["__Host-staff"] = fixed
            #expect(try await thief.get("/staff/orders").status == 303)
            // A second sign-in ends the first session.
            let first = browser.session
            try await browser.get("/staff/me")
            thief.cookies["__Host-staff"] = first
            #expect(try await thief.get("/staff/orders").status == 200)
            browser.cookies["__Host-staff"] = first
            let again = ConsoleBrowser(desk)
            again.cookies = browser.cookies
            // Signed in, the sign-in page leads on; its form still works for whoever has it open.
            again.cookies["__Host-signin"] = SessionSecret.random().text
            let secret = try #require(again.cookies["__Host-signin"].flatMap { SessionSecret($0) })
            let answer = try await again.post(
                "/staff/sign-in", [("email", "staff@example.org"), ("password", ConsoleBrowser.password)],
                token: secret.formToken)
            #expect(answer.status == 303 && again.session != first)
            #expect(try await thief.get("/staff/orders").status == 303)
        }
    }

    @Test func aCookieThatWasSignedOutOpensNothing() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            let stolen = browser.session
            try await browser.get("/staff/orders")
            #expect(try await browser.post("/staff/sign-out").status == 303)
            #expect(browser.session == nil)
            browser.cookies["__Host-staff"] = stolen
            #expect(try await browser.get("/staff/orders").status == 303)
        }
    }

    @Test func aSessionEndsWhenItIsIdleAndWhenTheDayIsOver() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            for _ in 0..<17 {
                desk.clock.advance(milliseconds: 28 * 60_000)
                #expect(try await browser.get("/staff/orders").status == 200)
            }
            desk.clock.advance(milliseconds: 4 * 60_000)
            #expect(try await browser.get("/staff/orders").status == 303)
            let idle = try await ConsoleBrowser.signedIn(desk)
            desk.clock.advance(milliseconds: 30 * 60_000)
            #expect(try await idle.get("/staff/orders").status == 303)
        }
    }

    @Test func aFormWithoutTheSessionsTokenOrFromAnotherSiteDoesNothing() async throws {
        try await ConsoleBrowser.open { desk in
            let order = try await desk.place()
            let browser = try await ConsoleBrowser.signedIn(desk)
            let other = try await ConsoleBrowser.signedIn(desk, as: .admin)
            try await other.get("/staff/orders/\(order.number)")
            let path = "/staff/orders/\(order.number)/notes"
            try await browser.get("/staff/orders/\(order.number)")
            let own = browser.token
            let note = [("text", "forged")]
            for (token, site, origin) in [
                ("", "same-origin", nil), ("x", "same-origin", nil), (other.token, "same-origin", nil),
                (own, "cross-site", nil), (own, "same-site", nil), (own, "none", nil), (own, nil, nil),
                (own, nil, "https://evil.example"), (own, nil, "null"),
                (own, nil, "https://order.example.org.evil.example"),
            ] as [(String, String?, String?)] {
                let answer = try await browser.post(path, note, token: token, site: site, origin: origin)
                #expect(answer.status == 403, "\(site ?? "-") \(origin ?? "-")")
            }
            let number = try #require(OrderNumber(order.number))
            #expect(try await desk.store.order(number)?.facts.staffNotes.isEmpty == true)
            // The control: the same form, with what it needs.
            #expect(
                try await browser.post(path, note, token: own, site: nil, origin: ConsoleBrowser.publicURL).status
                    == 303)
            #expect(try await desk.store.order(number)?.facts.staffNotes.map(\.text) == ["forged"])
        }
    }

    @Test func noPageAndNoFormOfTheConsoleIsOpenToStrangers() async throws {
        try await ConsoleBrowser.open { desk in
            let parts = desk.parts
            let open: Set<String> = ["/staff", "/staff/sign-in", "/staff/sign-out", "/staff/resume"]
            let routes = ConsoleRoutes.all(parts).filter { !open.contains($0.path) }
            #expect(routes.count > 40)
            let browser = ConsoleBrowser(desk)
            for route in routes {
                let path = route.path.replacing("{number}", with: "4829-1504-75").replacing("{id}", with: "1")
                    .replacing("{sku}", with: "A").replacing("{key}", with: "x").replacing(
                        "{name}", with: "fulfillment"
                    )
                    .replacing("{change}", with: "pause")
                let answer =
                    route.method == .get
                    ? try await browser.get(path) : try await browser.post(path, [("a", "b")], token: "x")
                #expect(answer.status == 303, "\(route.method) \(path): \(answer.status)")
                #expect(answer.headers[.location]?.hasPrefix("/staff/sign-in") == true)
            }
        }
    }

    @Test func aViewerSeesEverythingAndChangesNothing() async throws {
        try await ConsoleBrowser.open { desk in
            let order = try await desk.place()
            let viewer = try await ConsoleBrowser.signedIn(desk, as: .viewer)
            let page = try await viewer.get("/staff/orders/\(order.number)")
            #expect(page.status == 200 && page.body.contains("Ana María Núñez"))
            #expect(!page.body.contains("/hold") && !page.body.contains("Add a note"))
            let token = viewer.token
            let writing = ConsoleRoutes.all(desk.parts).filter { route in
                if case .console(let scope) = route.audience { return scope == .ordersWrite || scope == .catalogWrite }
                return false
            }
            #expect(writing.count > 20)
            for route in writing {
                let path = route.path.replacing("{number}", with: order.number).replacing("{id}", with: "1")
                    .replacing("{sku}", with: "A").replacing("{name}", with: "fulfillment")
                    .replacing("{change}", with: "pause")
                let answer =
                    route.method == .get
                    ? try await viewer.get(path) : try await viewer.post(path, [("reason", "x")], token: token)
                #expect(answer.status == 403, "\(route.method) \(path): \(answer.status)")
            }
            let bulk = try await viewer.post(
                "/staff/orders/bulk", [("order", order.number), ("action", "hold")], token: token)
            #expect(bulk.status == 403)
            let number = try #require(OrderNumber(order.number))
            #expect(try await desk.store.order(number)?.status == .placed)
            // The control: staff may.
            let staff = try await ConsoleBrowser.signedIn(desk)
            #expect(try await staff.get("/staff/orders/\(order.number)/hold").status == 200)
        }
    }

    @Test func guessesAreSlowedDownAndAKnownBrowserIsNot() async throws {
        try await ConsoleBrowser.open { desk in
            let known = try await ConsoleBrowser.signedIn(desk)
            try await known.get("/staff/orders")
            try await known.post("/staff/sign-out")
            let stranger = ConsoleBrowser(desk)
            for _ in 0..<5 { #expect(try await stranger.signIn("staff@example.org", "guess").status == 422) }
            let slowed = try await stranger.signIn("staff@example.org", "guess")
            #expect(slowed.status == 429 && slowed.headers[.retryAfter] == "2")
            // Not even with the right password, and for a name that is not there just so.
            #expect(try await stranger.signIn("staff@example.org").status == 429)
            let nobody = ConsoleBrowser(desk)
            for _ in 0..<5 { #expect(try await nobody.signIn("nobody@example.org", "guess").status == 422) }
            #expect(try await nobody.signIn("nobody@example.org", "guess").status == 429)
            #expect(try await known.signIn("staff@example.org").status == 303)
            desk.clock.advance(milliseconds: 2000)
            #expect(try await stranger.signIn("staff@example.org").status == 303)
        }
    }

    @Test func signInsPerAddressAreLimited() async throws {
        try await Desk.open(
            .live,
            settings: {
                $0.passwordCost = PasswordHash.Cost(logRounds: 4, blockSize: 1, parallelism: 1)
                $0.signinsPerMinute = 3
            }
        ) { desk in
            let browser = ConsoleBrowser(desk)
            for number in 0..<3 {
                #expect(try await browser.signIn("n\(number)@example.org", "guess").status == 422)
            }
            let refused = try await browser.signIn("n4@example.org", "guess")
            #expect(refused.status == 429 && refused.headers[.retryAfter] != nil)
        }
    }

    @Test func whoHasAPasswordOfSomebodyElsesMustChooseAnother() async throws {
        try await ConsoleBrowser.open { desk in
            let made = try await desk.staff(
                .post, "/v1/staff/accounts", #"{"email":"new@example.org","role":"viewer"}"#)
            #expect(made.status == 201)
            let password = try #require(made.json["password"]?.stringValue)
            let browser = ConsoleBrowser(desk)
            #expect(try await browser.signIn("new@example.org", password).status == 303)
            #expect(try await browser.get("/staff/orders").headers[.location] == "/staff/password")
            try await browser.get("/staff/password")
            let own = "my own long password"
            for (old, new, again) in [
                ("wrong", own, own), (password, "short", "short"), (password, own, "other"),
                (password, password, password),
            ] {
                let answer = try await browser.post(
                    "/staff/password", [("old", old), ("new", new), ("again", again)])
                #expect(answer.status == 422 && answer.body.contains("There is a problem"))
            }
            let other = ConsoleBrowser(desk)
            #expect(try await other.signIn("new@example.org", password).status == 303)
            let saved = try await browser.post("/staff/password", [("old", password), ("new", own), ("again", own)])
            #expect(saved.status == 303)
            #expect(try await browser.get("/staff/orders").status == 200)
            #expect(try await other.get("/staff/orders").headers[.location]?.hasPrefix("/staff/sign-in") == true)
            #expect(try await ConsoleBrowser(desk).signIn("new@example.org", password).status == 422)
        }
    }

    @Test func aFormThatCameTooLateIsKeptUntilItsSenderSignsIn() async throws {
        try await ConsoleBrowser.open { desk in
            let order = try await desk.place()
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/orders/\(order.number)")
            desk.clock.advance(milliseconds: 61 * 60_000)
            let late = try await browser.post("/staff/orders/\(order.number)/notes", [("text", "typed for long")])
            #expect(late.headers[.location] == "/staff/sign-in?form=waits")
            let answer = try await browser.signIn("staff@example.org")
            #expect(answer.headers[.location] == "/staff/resume")
            let resumed = try await browser.get("/staff/resume")
            #expect(resumed.body.contains("typed for long"))
            #expect(resumed.body.contains("<button class=\"button\">Save the note to order \(order.number)</button>"))
            // A reload shows it again.
            #expect(try await browser.get("/staff/resume").body.contains("typed for long"))
            let number = try #require(OrderNumber(order.number))
            #expect(try await desk.store.order(number)?.facts.staffNotes.isEmpty == true)
            let sent = try await browser.post(
                "/staff/orders/\(order.number)/notes",
                [("resumed", browser.hidden("resumed")), ("text", browser.hidden("text"))])
            #expect(sent.status == 303)
            #expect(try await desk.store.order(number)?.facts.staffNotes.map(\.text) == ["typed for long"])
            // It is sent once.
            #expect(browser.cookies["__Host-form"] == nil)
            #expect(try await browser.get("/staff/resume").headers[.location] == "/staff/orders")
        }
    }

    @Test func aKeptFormIsShownToNobodyButItsWriterAndNotForLong() async throws {
        try await ConsoleBrowser.open { desk in
            let order = try await desk.place()
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/orders/\(order.number)")
            desk.clock.advance(milliseconds: 61 * 60_000)
            _ = try await browser.post("/staff/orders/\(order.number)/hold", [("reason", "mine"), ("tag", "x")])
            // Somebody else sits down at the same browser.
            let admin = try await browser.signIn("admin@example.org")
            #expect(admin.headers[.location]?.hasPrefix("/staff/orders") == true)
            #expect(try await browser.get("/staff/resume").headers[.location] == "/staff/orders")
            try await browser.get("/staff/orders")
            try await browser.post("/staff/sign-out")
            #expect(try await browser.signIn("staff@example.org").headers[.location] == "/staff/resume")
            let shown = try await browser.get("/staff/resume")
            #expect(shown.body.contains("Hold order \(order.number)") && shown.body.contains("<dd class=\"said\">mine"))
            for _ in 0..<2 {
                desk.clock.advance(milliseconds: 16 * 60_000)
                _ = try await browser.get("/staff/me")
            }
            #expect(try await browser.get("/staff/resume").headers[.location] == "/staff/orders")
        }
    }

    @Test func aFormOfAnEarlierSessionIsHandedBackWithTheTokenThatHolds() async throws {
        try await ConsoleBrowser.open { desk in
            let order = try await desk.place()
            let number = try #require(OrderNumber(order.number))
            let path = "/staff/orders/\(order.number)/notes"
            let browser = try await ConsoleBrowser.signedIn(desk)
            try await browser.get("/staff/orders/\(order.number)")
            let old = browser.token
            // In another tab, somebody signs in again.
            browser.cookies = try await ConsoleBrowser.signedIn(desk).cookies
            for site in ["cross-site", "same-site"] {
                let foreign = try await browser.post(path, [("text", "forged")], token: old, site: site)
                #expect(foreign.status == 403 && !foreign.body.contains("forged"))
            }
            let told = try await browser.post(path, [("text", "typed <for> long")], token: old)
            #expect(told.status == 403 && told.body.contains("Save the note to order \(order.number)"))
            #expect(told.body.contains("typed &lt;for&gt; long") && !told.body.contains("Your answers are saved"))
            #expect(try await desk.store.order(number)?.facts.staffNotes.isEmpty == true)
            let sent = try await browser.post(path, [("resumed", "yes"), ("text", "typed <for> long")])
            #expect(sent.status == 303)
            #expect(try await desk.store.order(number)?.facts.staffNotes.map(\.text) == ["typed <for> long"])
        }
    }

    @Test func whatIsWrongWithASignInStandsBesideTheField() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = ConsoleBrowser(desk)
            let mark = "aria-describedby=\"password-error\" aria-invalid=\"true\""
            for _ in 0..<5 {
                let wrong = try await browser.signIn("staff@example.org", "guess")
                #expect(wrong.status == 422 && wrong.body.contains(mark))
                #expect(wrong.body.contains("id=\"password-error\">The email address or the password is not right"))
            }
            let slowed = try await browser.signIn("staff@example.org", "guess")
            #expect(slowed.status == 429 && slowed.body.contains(mark))
            #expect(slowed.body.contains("id=\"password-error\">There were too many tries"))
        }
    }

    @Test func neitherPasswordNorSessionIsInTheFileOrTheLog() async throws {
        try await ConsoleBrowser.open { desk in
            let browser = try await ConsoleBrowser.signedIn(desk)
            let session = try #require(browser.session)
            try await browser.get("/staff/orders")
            let token = browser.token
            let secret = try #require(SessionSecret(session))
            await desk.closeStore()
            let file = try Data(contentsOf: URL(fileURLWithPath: desk.databasePath))
            let raw = try #require(Base64URL.decode(session))
            for bytes in [Array(ConsoleBrowser.password.utf8), Array(session.utf8), raw, Array(token.utf8)] {
                #expect(file.range(of: Data(bytes)) == nil)
            }
            // The controls: what is meant to be there is found by the same means.
            #expect(file.range(of: Data(secret.hash)) != nil)
            #expect(file.range(of: Data("staff@example.org".utf8)) != nil)
            for line in desk.journal.all {
                #expect(!line.contains("example.org") && !line.contains(session) && !line.contains(token))
            }
        }
    }

    @Test func aPasswordsHashSaysHowItWasMadeAndFitsNothingElse() throws {
        let cost = PasswordHash.Cost(logRounds: 5, blockSize: 2, parallelism: 1)
        let hash = try PasswordHash(of: "Zoë's long password", cost: cost)
        #expect(hash.text.hasPrefix("scrypt$5$2$1$"))
        let read = try #require(PasswordHash(hash.text))
        #expect(try read.fits("Zoë's long password"))
        #expect(try read.fits("Zoe\u{308}'s long password"))
        #expect(try !read.fits("Zoë's long passwore"))
        #expect(try !read.fits(""))
        #expect(try PasswordHash(of: "Zoë's long password", cost: cost).text != hash.text)
        for text in ["", "scrypt$5$2$1$$", hash.text + "x", "scrypt$40$8$3$AAAA$AAAA", "md5$5$2$1$AAAA$AAAA"] {
            #expect(PasswordHash(text) == nil, "\(text)")
        }
    }

    /// RFC 7914 §12, the second vector, cut to our 32 bytes.
    @Test func scryptIsTheOneOfTheRFC() throws {
        let hash = try #require(PasswordHash("scrypt$10$8$16$TmFDbA$_bq-HJ00cgB4VucZDQHp_nxq18vII3gw53N2Y0s3MWI"))
        #expect(try hash.fits("password"))
        #expect(try !hash.fits("Password"))
    }
}
