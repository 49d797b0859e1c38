import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// The catalog as staff keep it. Placed orders never change with it.
struct StaffCatalogController: Sendable {
    private let store: any Store
    private let bodies: RequestBodies
    private let importLimitBytes: Int

    init(_ parts: WebParts) {
        store = parts.store
        bodies = RequestBodies(parts)
        importLimitBytes = parts.settings.importLimitBytes
    }

    func put(_ request: Request, _ context: WebContext) async throws -> Response {
        let sku = context.pathPart("sku") ?? ""
        let json = try await bodies.json(of: request)
        let title: Title
        do {
            title = try Title.read(json, sku: sku)
        } catch let invalid as InvalidFields {
            throw Problem(.invalidCatalog, "The title is not valid.", errors: invalid.problems)
        }
        let change = try await store.put([title])
        let isNew = !change.added.isEmpty
        return .json(isNew ? .created : .ok) { title.write(to: &$0) }
    }

    /// All titles of a CSV file, or none; `?dry_run=true` says what would change, and changes nothing.
    func importFile(_ request: Request, _ context: WebContext) async throws -> Response {
        var reader = FieldReader()
        let isDryRun = try QueryParameters(request).flag("dry_run", with: &reader) ?? false
        try reader.finish()
        try RequestBodies.expect("text/csv", of: request)
        let bytes = try await bodies.bytes(of: request, limitBytes: importLimitBytes)
        let titles: [Title]
        do {
            titles = try CatalogFile.read(bytes)
        } catch {
            throw Problem(.invalidCatalog, "The file was not imported.", errors: error.problems)
        }
        let change =
            isDryRun ? CatalogChange(putting: titles, into: store.catalog) : try await store.put(titles)
        return .json {
            $0.object {
                $0.field("dry_run", isDryRun)
                $0.array("added", change.added)
                $0.array("changed", change.changed)
                $0.field("unchanged", change.unchanged)
            }
        }
    }

    /// The file that an import reads back to the same titles.
    func export(_ request: Request, _ context: WebContext) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present",
                .contentDisposition: "attachment; filename=\"catalog.csv\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: CatalogFile.write(store.catalog.titles))))
    }
}
