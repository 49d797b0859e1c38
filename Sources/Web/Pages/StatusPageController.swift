import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// The page that shows where an order stands, to whoever holds its link: no name, no street, no e-mail.
struct StatusPageController: Sendable {
    private let store: any Store
    private let pages: StatusPages
    private let name: String

    init(_ parts: WebParts) {
        store = parts.store
        pages = StatusPages(parts.settings.organization)
        name = parts.settings.organization.name
    }

    func front(_ request: Request, _ context: WebContext) async throws -> Response {
        .text("\(name.isEmpty ? "" : name + ": ")free publications by mail.\n\nThe catalog: /v1/catalog\n")
    }

    func english(_ request: Request, _ context: WebContext) async throws -> Response {
        try await page(context, .english)
    }

    func spanish(_ request: Request, _ context: WebContext) async throws -> Response {
        try await page(context, .spanish)
    }

    private func page(_ context: WebContext, _ phrases: Phrases) async throws -> Response {
        guard let token = context.pathPart("token").flatMap({ StatusToken($0) }),
            let order = try await store.order(holding: token)
        else { return html(.notFound, pages.notFound(in: phrases)) }
        return html(.ok, pages.page(of: order, in: phrases))
    }

    private func html(_ status: HTTPResponse.Status, _ page: String) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .referrerPolicy: "no-referrer",
                .robotsTag: "noindex, nofollow", .contentSecurityPolicy: pages.contentSecurityPolicy,
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
    }
}
