import HTTPTypes
import Hummingbird
import Mustache
import NIOCore
import Orders

/// Prints pages: a template, the words of a language, and a page's own values, put into the layout.
///
/// A page is a template `Templates/<name>.mustache`, named in `Templates.swift`, that begins `{{<layout}}` and fills
/// the layout's blocks (`back`, `main`, and what else `layout.mustache` names), and a struct with the values that the
/// template sees as `page`. Beside them templates see `t` (the phrases) and `frame`. `{{…}}` escapes; `{{{…}}}` is for
/// markup made here, never for what a person typed. A field that is nil is looked for further up the stack: give
/// fields inside lists names that nothing outside has, or write `{{.name}}`.
struct Press: Sendable {
    let organization: Organization
    let assets: PageAssets

    init(_ organization: Organization) {
        self.organization = organization
        assets = PageAssets()
    }

    func html(_ template: String, _ page: some Sendable, frame: PageFrame) -> String {
        let sheet = Sheet(
            t: Phrases.of(frame.language).all, frame: FrameView(frame, organization, assets), page: page)
        guard let html = Templates.library.render(sheet, withTemplate: template) else {
            preconditionFailure("there is no template \(template)")
        }
        return html
    }

    /// The page as an answer, with the headers that every page has.
    /// - Parameter keeping: what a browser may do with it; `no-store` wherever personal data can show.
    func answer(
        _ template: String, _ page: some Sendable, frame: PageFrame, status: HTTPResponse.Status = .ok,
        keeping: String = "no-store"
    ) -> Response {
        answer(ByteBuffer(string: html(template, page, frame: frame)), frame: frame, status: status, keeping: keeping)
    }

    /// A page that was printed before.
    func answer(
        _ html: ByteBuffer, frame: PageFrame, status: HTTPResponse.Status = .ok, keeping: String
    ) -> Response {
        var headers = Self.headers
        headers[.cacheControl] = keeping
        headers[.contentLanguage] = frame.language.rawValue
        if !frame.isForSearchEngines { headers[.robotsTag] = "noindex, nofollow" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: html))
    }

    /// `same-origin`, since `no-referrer` makes browsers send `Origin: null` with our own forms.
    private static let headers: HTTPFields = [
        .contentType: "text/html; charset=utf-8",
        .contentSecurityPolicy:
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'",
        .referrerPolicy: "same-origin",
        .crossOriginOpenerPolicy: "same-origin",
        .crossOriginResourcePolicy: "same-origin",
        .permissionsPolicy: "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ]
}

/// What is around a page's content.
struct PageFrame: Sendable {
    let language: Language
    /// Of the browser's tab, before the service's name. Never holds a title of the catalog, a name or a token.
    let title: String
    /// The same page in the other language; nil where there is none, as in the console.
    var otherLanguagePath: String?
    /// The id of the page's form: the language control then is a button of it, so that what was typed is saved first.
    var formID: String?
    /// There is a draft, so the foot offers to clear it.
    var hasDraft = false
    var isForSearchEngines = false
    var isConsole = false
    /// The title then begins with "Error: ".
    var hasErrors = false

    init(_ language: Language, title: String) {
        self.language = language
        self.title = title
    }
}

struct Sheet<Content: Sendable>: Sendable {
    let t: [String: String]
    let frame: FrameView
    let page: Content
}

/// The frame as the layout sees it.
struct FrameView: Sendable {
    struct Other: Sendable {
        let path, code, name: String
        let form: String?
    }

    let lang, title, prefix, home: String
    let styles, script, mark: String
    let organization: String
    let email, phone, phoneLink: String?
    let hours: SpokenText?
    let other: Other?
    let hasDraft, isConsole, isPrivate: Bool

    init(_ frame: PageFrame, _ organization: Organization, _ assets: PageAssets) {
        let isSpanish = frame.language == .spanish
        let phrases = Phrases.of(frame.language)
        lang = frame.language.rawValue
        title = (frame.hasErrors ? phrases("errorPrefix") + " " : "") + frame.title + " – " + phrases("service")
        prefix = isSpanish ? "/es" : ""
        home = frame.isConsole ? "/staff" : isSpanish ? "/es/" : "/"
        styles = (frame.isConsole ? assets.consoleStyles : assets.styles).path
        script = (frame.isConsole ? assets.consoleScript : assets.script).path
        mark = assets.mark.path
        self.organization = organization.name
        email = organization.email.nilIfEmpty
        phone = organization.phone.nilIfEmpty
        phoneLink = organization.phoneLink
        hours = organization.hours(in: frame.language)
        other = frame.otherLanguagePath.map {
            Other(
                path: $0, code: isSpanish ? "en" : "es", name: isSpanish ? "English" : "Español", form: frame.formID)
        }
        hasDraft = frame.hasDraft
        isConsole = frame.isConsole
        isPrivate = !frame.isForSearchEngines
    }
}

/// A text of the settings, and its language where that is not the page's.
struct SpokenText: Sendable {
    let text: String
    let other: String?
}

extension String {
    var nilIfEmpty: String? { isEmpty ? nil : self }
}

extension HTTPField.Name {
    static let crossOriginOpenerPolicy = named("Cross-Origin-Opener-Policy")
    static let crossOriginResourcePolicy = named("Cross-Origin-Resource-Policy")
    static let permissionsPolicy = named("Permissions-Policy")
}
