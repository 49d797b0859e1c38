import Hummingbird
import Orders

/// The pages that only say something: help, privacy, accessibility.
struct InformationController: Sendable {
    let desk: ReaderDesk
    let language: Language

    func help(_ request: Request, _ context: WebContext) async throws -> Response {
        let limit = ["limit": desk.words(desk.limit, Phrases.of(language))]
        let phrases = Phrases.of(language)
        return try await page(
            request, "/help", title: "helpPageTitle",
            [phrases("helpPage1"), phrases("helpPage2", limit), phrases("helpPage3")], offersPhone: true)
    }

    func privacy(_ request: Request, _ context: WebContext) async throws -> Response {
        let phrases = Phrases.of(language)
        let kept = desk.settings.retentionDays.map { phrases.counted("privacyKept", $0) }
        let paragraphs: [String?] = [
            phrases("privacyPage1"), phrases("privacyPage2"), kept, phrases("privacyPage3"), phrases("privacyPage4"),
            phrases("privacyPage5"),
        ]
        return try await page(request, "/privacy", title: "privacyPageTitle", paragraphs.compactMap(\.self))
    }

    func accessibility(_ request: Request, _ context: WebContext) async throws -> Response {
        let phrases = Phrases.of(language)
        return try await page(
            request, "/accessibility", title: "accessibilityPageTitle",
            [phrases("accessibilityPage1"), phrases("accessibilityPage2"), phrases("accessibilityPage3")],
            offersPhone: true)
    }

    private func page(
        _ request: Request, _ path: String, title: String, _ paragraphs: [String], offersPhone: Bool = false
    ) async throws -> Response {
        let visit = try await desk.visit(request, language)
        var frame = desk.frame(visit, title, other: path)
        frame.isForSearchEngines = true
        let page = MessageView(
            title: visit.phrases(title), paragraphs: paragraphs,
            link: .init(path: visit.path("/"), text: visit.phrases("home")), offersPhone: offersPhone)
        return desk.press.answer("message", page, frame: frame, keeping: "private, no-cache")
    }
}
