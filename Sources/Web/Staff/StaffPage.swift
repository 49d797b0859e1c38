import HTTPTypes
import Hummingbird
import Orders

/// One page of any staff list: `{"data", "next_cursor", "count"}`, and a `Link` to the next (RFC 8288).
enum StaffPage {
    /// - Parameter link: the list's address without its query; nil sends no link: what was sent as a body has no
    ///   address.
    static func answer<Row>(
        _ rows: [Row], next: Cursor?, count: CappedCount, link: (path: String, query: QueryParameters)?,
        _ write: (Row, inout JSONWriter) -> Void
    ) -> Response {
        var headers: HTTPFields = [:]
        if let next, let link {
            headers[.link] = "<\(link.path)?\(link.query.replacing(cursor: next.text))>; rel=\"next\""
        }
        return .json(headers: headers, reserving: 64 + rows.count * 384) {
            $0.object {
                $0.array("data", rows, write)
                $0.field("next_cursor", next?.text)
                $0.field("count", count)
            }
        }
    }
}
