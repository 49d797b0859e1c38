package import Hummingbird
package import HummingbirdCore
import Orders

/// Every address for programs on one screen: method, path, whom it is for, who answers. The pages are in `ReaderRoutes`
/// and `ConsoleRoutes`.
package enum WebRouter {
    static func routes(_ parts: WebParts) -> [Route] {
        let (catalog, quotes, orders) = (CatalogController(parts), QuotesController(parts), OrdersController(parts))
        let (staffOrders, staffCatalog) = (StaffOrdersController(parts), StaffCatalogController(parts))
        let (deliveries, endpoints) = (StaffDeliveriesController(parts), StaffEndpointsController(parts))
        let (updates, tokens) = (StaffUpdatesController(parts), StaffTokensController(parts))
        let accounts = StaffAccountsController(parts)
        let (shipping, health) = (ShippingWebhookController(parts), HealthController(parts))
        let (problems, reference) = (ProblemsController(), ReferenceController())
        let assets = AssetsController(assets: PageAssets())
        return [
            .get("/v1/catalog", for: .readers, catalog.show),
            .post("/v1/quotes", for: .readers, quotes.quote),
            .post("/v1/orders", for: .readers, orders.place),
            .get("/v1/orders/{number}", for: .readers, orders.show),
            .post("/v1/orders/{number}/cancel", for: .readers, orders.cancel),

            .get("/v1/staff/orders", for: .staff(.ordersRead), staffOrders.list),
            .post("/v1/staff/orders/search", for: .staff(.ordersRead), staffOrders.search),
            .get("/v1/staff/orders.csv", for: .staff(.ordersRead), staffOrders.csv),
            .get("/v1/staff/counts", for: .staff(.ordersRead), staffOrders.counts),
            .get("/v1/staff/orders/{number}", for: .staff(.ordersRead), staffOrders.show),
            .post("/v1/staff/orders/{number}/hold", for: .staff(.ordersWrite), staffOrders.hold),
            .post("/v1/staff/orders/{number}/release", for: .staff(.ordersWrite), staffOrders.release),
            .post("/v1/staff/orders/{number}/cancel", for: .staff(.ordersWrite), staffOrders.cancel),
            .post("/v1/staff/orders/{number}/resend", for: .staff(.ordersWrite), staffOrders.resend),
            .post("/v1/staff/orders/{number}/reship", for: .staff(.ordersWrite), staffOrders.reship),
            .post("/v1/staff/orders/{number}/notes", for: .staff(.ordersWrite), staffOrders.note),
            .put("/v1/staff/orders/{number}/ship_to", for: .staff(.ordersWrite), staffOrders.correctAddress),
            .post("/v1/staff/orders/{number}/erase", for: .staff(.admin), staffOrders.erase),

            .get("/v1/staff/deliveries", for: .staff(.ordersRead), deliveries.list),
            .post("/v1/staff/deliveries/{id}/redeliver", for: .staff(.ordersWrite), deliveries.redeliver),
            .get("/v1/staff/endpoints", for: .staff(.ordersRead), endpoints.list),
            .post("/v1/staff/endpoints/{name}/pause", for: .staff(.ordersWrite), endpoints.pause),
            .post("/v1/staff/endpoints/{name}/resume", for: .staff(.ordersWrite), endpoints.resume),
            .get("/v1/staff/updates", for: .staff(.ordersRead), updates.list),
            .post("/v1/staff/updates/{id}/match", for: .staff(.ordersWrite), updates.match),
            .post("/v1/staff/updates/{id}/dismiss", for: .staff(.ordersWrite), updates.dismiss),

            .put("/v1/staff/catalog/{sku}", for: .staff(.catalogWrite), staffCatalog.put),
            .post("/v1/staff/catalog/import", for: .staff(.catalogWrite), staffCatalog.importFile),
            .get("/v1/staff/catalog.csv", for: .staff(.catalogWrite), staffCatalog.export),
            .get("/v1/staff/tokens", for: .staff(.admin), tokens.list),
            .post("/v1/staff/tokens", for: .staff(.admin), tokens.create),
            .delete("/v1/staff/tokens/{name}", for: .staff(.admin), tokens.revoke),

            .get("/v1/staff/accounts", for: .staff(.admin), accounts.list),
            .post("/v1/staff/accounts", for: .staff(.admin), accounts.create),
            .post("/v1/staff/accounts/{name}/disable", for: .staff(.admin), accounts.disable),
            .post("/v1/staff/accounts/{name}/password", for: .staff(.admin), accounts.reset),

            .post("/v1/webhooks/shipping", for: .house, shipping.receive),
            .get("/livez", for: .anyone, health.live),
            .get("/readyz", for: .anyone, health.ready),
            .get("/problems/{slug}", for: .anyone, problems.show),
            .get("/openapi.yaml", for: .anyone, reference.showYAML),
            .get("/openapi.json", for: .anyone, reference.showJSON),
            .get("/docs", for: .anyone, reference.showPage),
            .get("/assets/{file}", for: .anyone, assets.show),
        ] + ReaderRoutes.all(parts) + ConsoleRoutes.all(parts)
    }

    /// - Parameter localAdmin: for the Unix socket, which only an administrator can open: every request is from the
    ///   administrator `local`, and no token is asked for.
    package static func build(_ parts: WebParts, localAdmin: Bool) -> some HTTPResponder<WebContext> {
        // People come in by the public door alone.
        let routes = routes(parts).filter { route in
            if case .console = route.audience { return !localAdmin }
            return true
        }
        let table = RouteTable(routes)
        let door = StaffDoor(store: parts.store, isLocalAdmin: localAdmin)
        let pages = ErrorPages(press: Press(parts.settings.organization), table: table)
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.addMiddleware {
            RequestJournal(
                clock: parts.clock, logger: parts.logger, isHTTPS: parts.settings.publicURL.hasPrefix("https:"),
                meter: parts.meter, tracer: parts.tracer)
            CrossOrigin(origins: parts.settings.corsOrigins, table: table)
            Shedding(
                backlog: localAdmin ? Backlog(limit: .max) : parts.backlog, pages: pages, meter: parts.meter)
            RateLimit(parts, routes: routes, pages: pages)
            ErrorMapping(table: table, pages: pages, logger: parts.logger, meter: parts.meter)
            BodyInvitation()
        }
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                guard case .staff(let scope) = route.audience else { return try await route.handler(request, context) }
                var context = context
                context.actor = try await door.admit(request, for: scope)
                return try await route.handler(request, context)
            }
        }
        return router.buildResponder()
    }

    /// What the surface is served with.
    /// - Parameter isLocal: at the Unix socket connections are not counted.
    package static func server(_ parts: WebParts, isLocal: Bool = false) -> HTTPServerBuilder {
        let settings = parts.settings
        let connections = OpenConnections(
            limit: settings.connections, limitPerOwner: settings.connectionsPerAddress,
            addresses: ClientAddresses(trustedProxies: settings.trustedProxies))
        return HTTPServerBuilder { responder in
            WebConnection(
                http: HTTP1Channel(
                    responder: responder, configuration: .init(httpDecoderConfiguration: WebConnection.decoder)),
                connections: isLocal ? nil : connections, patience: settings.patience, backlog: parts.backlog,
                logger: parts.logger, meter: parts.meter)
        }
    }
}
