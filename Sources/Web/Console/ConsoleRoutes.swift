import Orders

/// The whole console on one screen: who answers which of its pages.
enum ConsoleRoutes {
    static func all(_ parts: WebParts) -> [Route] {
        let desk = ConsoleDesk(parts)
        let routes =
            SignInController(desk, passwords: parts.passwords).routes
            + OrderListController(desk).routes + BulkController(desk).routes + OrderPageController(desk).routes
            + OrderActionController(desk).routes + SlipController(desk).routes + ConsoleUpdatesController(desk).routes
            + ConsoleDeliveriesController(desk).routes + OverviewController(desk).routes
            + ConsoleCatalogController(desk).routes + AccountController(desk).routes
        return routes
            + routes.formsAlone.map { form in
                desk.get(form.path, for: .ordersRead) { .up(form.levels, from: $0.request) }
            }
    }
}
