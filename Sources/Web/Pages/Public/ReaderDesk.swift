import Crypto
import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders

/// What all public pages share: who the visitor is, where the draft is, how pages are printed.
struct ReaderDesk: Sendable {
    static let cookie = "draft"

    let store: any Store
    let intake: OrderIntake
    let settings: WebSettings
    let clock: any Clock
    let logger: Logger
    let press: Press
    let cookies: Cookies
    let bodies: RequestBodies
    let time: ReaderTime

    init(_ parts: WebParts) {
        store = parts.store
        intake = OrderIntake(parts)
        settings = parts.settings
        clock = parts.clock
        logger = parts.logger
        press = Press(parts.settings.organization)
        cookies = Cookies(publicURL: parts.settings.publicURL)
        bodies = RequestBodies(parts)
        time = ReaderTime(timeZone: parts.settings.timeZone)
    }

    // MARK: Visits

    /// Whose request it is, in which language, and what is known of the draft.
    func visit(_ request: Request, _ language: Language) async throws -> Visit {
        guard let id = cookies.value(Self.cookie, of: request), DraftID.isOne(id) else {
            return Visit(language: language, id: nil, state: .none)
        }
        switch try await store.sheet(DraftID.hash(id), at: clock.now) {
        case nil: return Visit(language: language, id: id, state: .expired)
        case .open(let sheet): return Visit(language: language, id: id, state: .open(sheet))
        case .placed(let token, let at): return Visit(language: language, id: id, state: .placed(token, at))
        }
    }

    /// A posted form and its visit.
    /// - Throws: a problem when another site's page sent it. A browser that says nothing about that must show the
    ///   token of its draft, which no other site can know; without a draft there is nothing to protect.
    func posted(_ request: Request, _ language: Language) async throws -> (Visit, FormFields) {
        let form = try await FormFields(of: request, with: bodies)
        let visit = try await visit(request, language)
        switch PostOrigin(request, publicURL: settings.publicURL) {
        case .ours, .none: break
        case .foreign: throw Problem(.crossSite)
        case .unknown:
            if let id = visit.id, !isSameSecret(form["token"] ?? "", DraftID.token(id)) {
                throw Problem(.crossSite)
            }
        }
        return (visit, form)
    }

    /// Keeps the sheet and goes on to `path`, which begins after the language's prefix.
    func kept(_ sheet: AnswerSheet, of visit: Visit, then path: String) async throws -> Response {
        let id = visit.id ?? DraftID.draw()
        guard try await store.keep(sheet, as: DraftID.hash(id), at: clock.now) else {
            return .seeOther(visit.path("/order/check"))
        }
        return .seeOther(visit.path(path), cookies: [field(id)])
    }

    func field(_ id: String) -> HTTPField {
        cookies.field(Self.cookie, id, maxAgeSeconds: Int(AnswerSheet.lifetimeSeconds))
    }

    // MARK: Pages

    func frame(_ visit: Visit, _ title: String, other path: String, formID: String? = nil) -> PageFrame {
        var frame = PageFrame(visit.language, title: visit.phrases(title))
        frame.otherLanguagePath = visit.other.path(path)
        frame.formID = formID
        frame.hasDraft = visit.hasDraft
        return frame
    }

    /// The answer to a page of the order for a visitor without answers; nil for one who has some.
    func withoutSheet(_ visit: Visit, _ request: Request) -> Response? {
        switch visit.state {
        case .open: return nil
        case .placed(let token, let at): return alreadySent(visit, token, at)
        case .expired:
            var response = gone(visit, "expiredTitle", [visit.phrases("expiredText")])
            // So that it is said once.
            response.headers.append(cookies.removal(Self.cookie))
            return response
        case .none:
            // Who comes from one of our pages had answers: the cookie's day is over, or the browser keeps no cookies.
            guard request.method == .post || request.headers[.secFetchSite] == "same-origin" else {
                return .seeOther(visit.path("/"))
            }
            return gone(
                visit, "noAnswersTitle", [visit.phrases("expiredText"), visit.phrases("noAnswersText")],
                offersPhone: true)
        }
    }

    private func gone(
        _ visit: Visit, _ title: String, _ paragraphs: [String], offersPhone: Bool = false
    ) -> Response {
        let page = MessageView(
            title: visit.phrases(title), paragraphs: paragraphs,
            link: .init(path: visit.path("/"), text: visit.phrases("startAgain")), offersPhone: offersPhone)
        return press.answer("message", page, frame: frame(visit, title, other: "/"), status: .gone)
    }

    func alreadySent(_ visit: Visit, _ token: StatusToken, _ at: Timestamp) -> Response {
        let phrases = visit.phrases
        let page = AlreadySentView(
            text: phrases("alreadyText", ["date": time.date(at, phrases), "time": time.atTime(at, phrases)]),
            statusPath: visit.path("/s/" + token.text), newPath: visit.path("/"))
        return press.answer("already", page, frame: frame(visit, "alreadyTitle", other: "/order/check"))
    }

    /// A weight in the limit's unit and in words: `20 pounds`.
    func words(_ weight: StatedWeight, _ phrases: Phrases) -> String {
        weight.decimal + " " + phrases(WeightMeter.unitKey(weight.unit))
    }

    var limit: StatedWeight { settings.rules.weightLimit }

    var now: Timestamp { clock.now }
}

struct AlreadySentView: Sendable {
    let text, statusPath, newPath: String
}

/// One request of a reader.
struct Visit: Sendable {
    enum State: Sendable {
        /// No cookie.
        case none
        /// A cookie, but nothing under it: the day is over, or the answers were cleared elsewhere.
        case expired
        case open(AnswerSheet)
        case placed(StatusToken, Timestamp)
    }

    let language: Language
    let id: String?
    let state: State

    var phrases: Phrases { .of(language) }

    /// The same in the other language.
    var other: Visit { Visit(language: language == .spanish ? .english : .spanish, id: id, state: state) }

    var sheet: AnswerSheet? {
        guard case .open(let sheet) = state else { return nil }
        return sheet
    }

    /// Something is known of this browser, if only where its order is: whoever shares the computer may clear it.
    var hasDraft: Bool {
        switch state {
        case .open, .placed: true
        case .none, .expired: false
        }
    }

    /// The token of the draft's forms; empty without a draft.
    var token: String { id.map(DraftID.token) ?? "" }

    /// With the language's prefix: `/es/order/copies`.
    func path(_ path: String) -> String { language == .spanish ? "/es" + path : path }
}

/// The secret that ties a browser to its draft: 128 random bits as 22 URL-safe characters. Stores know its hash.
enum DraftID {
    static func draw() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        for _ in 0..<2 { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        return Base64URL.encode(bytes)
    }

    static func isOne(_ text: String) -> Bool { text.utf8.count == 22 && Base64URL.decode(text) != nil }

    static func hash(_ id: String) -> [UInt8] { Array(SHA256.hash(data: Array(id.utf8))) }

    /// Made of the id, so that it needs no place of its own, and does not tell it.
    static func token(_ id: String) -> String {
        Base64URL.encode(Array(SHA256.hash(data: Array("form of \(id)".utf8)).prefix(16)))
    }

    /// A draft's key can never stand for two orders, so what it means is the key itself.
    static func key(of sheet: AnswerSheet) -> IdempotencyKey {
        IdempotencyKey(value: sheet.key, digest: Array(SHA256.hash(data: Array(sheet.key.utf8))))
    }
}
