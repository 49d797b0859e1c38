import Orders

/// The public pages, English at `/…` and Spanish at `/es/…`.
enum ReaderRoutes {
    /// Placing through the form counts with placing through the API; looking at a status page likewise.
    static let placing: Set<String> = ["POST /order/send", "POST /es/order/send"]
    static let looking: Set<String> = [
        "GET /s/{token}", "GET /es/s/{token}", "GET /s/{token}/cancel", "GET /es/s/{token}/cancel",
        "POST /s/{token}/cancel", "POST /es/s/{token}/cancel",
    ]

    static func all(_ parts: WebParts) -> [Route] {
        let desk = ReaderDesk(parts)
        let routes = routes(desk, .english, "") + routes(desk, .spanish, "/es")
        return routes
            + routes.formsAlone.map { form in
                .get(form.path, for: .pages) { request, _ in .up(form.levels, from: request) }
            }
    }

    private static func routes(_ desk: ReaderDesk, _ language: Language, _ prefix: String) -> [Route] {
        let catalog = CatalogPageController(desk: desk, language: language)
        let copies = CopiesPageController(desk: desk, language: language)
        let address = AddressPageController(desk: desk, language: language)
        let contact = ContactPageController(desk: desk, language: language)
        let check = CheckPageController(desk: desk, language: language)
        let status = StatusPageController(desk: desk, language: language)
        let information = InformationController(desk: desk, language: language)
        return [
            .get(prefix.isEmpty ? "/" : prefix, for: .pages, catalog.show),
            .post(prefix + "/order/booklets", for: .pages, catalog.choose),
            .get(prefix + "/order/copies", for: .pages, copies.show),
            .post(prefix + "/order/copies", for: .pages, copies.change),
            .get(prefix + "/order/address", for: .pages, address.show),
            .post(prefix + "/order/address", for: .pages, address.change),
            .get(prefix + "/order/contact", for: .pages, contact.show),
            .post(prefix + "/order/contact", for: .pages, contact.change),
            .get(prefix + "/order/check", for: .pages, check.show),
            .post(prefix + "/order/check", for: .pages, check.drop),
            .get(prefix + "/order/send", for: .pages) { _, _ in .seeOther(prefix + "/order/check") },
            .post(prefix + "/order/send", for: .pages, check.send),
            .get(prefix + "/order/clear", for: .pages, check.askClear),
            .post(prefix + "/order/clear", for: .pages, check.clear),
            .get(prefix + "/order/cleared", for: .pages, check.cleared),
            .get(prefix + "/s/{token}", for: .pages, status.show),
            .get(prefix + "/s/{token}/cancel", for: .pages, status.askCancel),
            .post(prefix + "/s/{token}/cancel", for: .pages, status.cancel),
            .get(prefix + "/help", for: .pages, information.help),
            .get(prefix + "/privacy", for: .pages, information.privacy),
            .get(prefix + "/accessibility", for: .pages, information.accessibility),
        ]
    }
}
