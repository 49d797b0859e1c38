import HTTPTypes
import Hummingbird
import NIOCore
import Orders

extension Response {
    /// A JSON answer, written straight into bytes.
    static func json(
        _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], reserving capacity: Int = 512,
        _ write: (inout JSONWriter) -> Void
    ) -> Response {
        var json = JSONWriter(reserving: capacity)
        write(&json)
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: json.withBytes { ByteBuffer(bytes: $0) }))
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension JSONWriter {
    mutating func field(_ name: StaticString, _ count: CappedCount) {
        self.name(name)
        self.count(count)
    }

    mutating func count(_ count: CappedCount) {
        object {
            $0.field("value", count.value)
            $0.field("capped", count.isCapped)
        }
    }
}

/// Entity tags in `If-Match` and `If-None-Match` (RFC 9110 §8.8.3).
enum EntityTags {
    /// The tags with their quotes, a weak one with its `W/`; `["*"]` for any; nil when the header was not sent.
    static func read(_ name: HTTPField.Name, of request: Request) throws -> [String]? {
        guard let header = request.headers[name] else { return nil }
        if header == "*" { return ["*"] }
        var tags: [String] = []
        var rest = header[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
            guard !rest.isEmpty else { break }
            let opening = rest.hasPrefix("W/") ? rest.dropFirst(2) : rest
            guard opening.first == "\"", let closing = opening.dropFirst().firstIndex(of: "\"") else {
                throw Problem.malformed("/\(name.rawName)", "invalid_entity_tag", "an entity tag stands in quotes")
            }
            tags.append(String(rest[...closing]))
            rest = rest[opening.index(after: closing)...]
        }
        return tags
    }

    /// True when the client has what `tag` names: weak comparison.
    static func isKnown(_ tag: String, to request: Request) throws -> Bool {
        let known = try read(.ifNoneMatch, of: request) ?? []
        return known.contains { $0 == "*" || ($0.hasPrefix("W/") ? $0.dropFirst(2) : $0[...]) == tag }
    }
}
