import Hummingbird
import Logging
import NIOCore
import Orders

/// The list of orders as CSV, however long: written page by page, each page a read of its own, so that a slow
/// client never keeps the database from tidying up.
struct OrderSheet: Sendable {
    private static let rowsPerRead = 1000
    private static let header = [
        "number", "status", "placed_at", "updated_at", "recipient", "organization", "city", "region", "titles",
        "copies", "total_weight", "weight_unit", "flags",
    ]

    private let store: any Store
    private let query: OrderQuery

    init(store: any Store, query: OrderQuery) {
        self.store = store
        var query = query
        query.limit = Self.rowsPerRead
        query.counts = false
        self.query = query
    }

    /// - Parameter logger: hears of a sheet that broke off; its reader sees a cut connection.
    func response(logger: Logger, requestID: String) async throws -> Response {
        // Read before the head is sent: until then, an error can still be said.
        let first = try await store.orders(query)
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: CSV.row(Self.header)))
            var page = first
            while true {
                try await writer.write(ByteBuffer(string: page.summaries.map(Self.row).joined()))
                guard let next = page.next else { break }
                var query = query
                if query.oldestFirst { query.after = next } else { query.before = next }
                do {
                    page = try await store.orders(query)
                } catch {
                    logger.error("a sheet broke off", metadata: ["request_id": "\(requestID)"])
                    throw error
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present",
                .contentDisposition: "attachment; filename=\"orders.csv\"",
            ], body: body)
    }

    private static func row(_ order: OrderSummary) -> String {
        CSV.row([
            order.number.description, order.status.rawValue, order.placedAt.description, order.updatedAt.description,
            order.recipient, order.organization ?? "", order.city, order.region, String(order.titles),
            String(order.copies), order.totalWeight.decimal, order.totalWeight.unit.rawValue,
            order.flags.map(\.rawValue).joined(separator: " "),
        ])
    }
}
