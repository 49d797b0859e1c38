import HTTPTypes
import Hummingbird
import NIOCore
import Orders
import Synchronization

/// `GET /v1/catalog`: every title, those that are not available included.
struct CatalogController: Sendable {
    private let store: any Store
    private let limit: StatedWeight
    private let rendered = RenderedCatalog()

    init(_ parts: WebParts) {
        store = parts.store
        limit = parts.settings.rules.weightLimit
    }

    func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let catalog = store.catalog
        let tag = "\"\(catalog.version)-\(limit.decimal)\(limit.unit.rawValue)\""
        let headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache", .contentType: "application/json"]
        if try EntityTags.isKnown(tag, to: request) { return Response(status: .notModified, headers: headers) }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: rendered.body(of: catalog, limit: limit)))
    }
}

/// The body of the latest version, written once: the catalog changes seldom and is read all day.
private final class RenderedCatalog: Sendable {
    private let latest = Mutex<(version: Int64, body: ByteBuffer)?>(nil)

    func body(of catalog: Catalog, limit: StatedWeight) -> ByteBuffer {
        if let known = latest.withLock({ $0 }), known.version == catalog.version { return known.body }
        var json = JSONWriter(reserving: 256 * catalog.titles.count + 64)
        json.object {
            $0.array("data", catalog.titles) { $0.write(to: &$1) }
            $0.field("weight_limit", limit)
        }
        let body = ByteBuffer(bytes: json.bytes)
        latest.withLock { $0 = (catalog.version, body) }
        return body
    }
}
