import Hummingbird
import Orders

/// What staff ask of the list of orders, from a query or from a JSON body: the same fields, the same answers.
struct OrderFilter: Sendable {
    private var statuses: [(pointer: String, text: String)] = []
    private var flag: String?
    private var search: String?
    private var placedFrom: String?
    private var placedTo: String?
    private var page = PageFields()

    /// Reads `GET /v1/staff/orders?…`.
    init(_ query: QueryParameters, with reader: inout FieldReader) {
        statuses = query.all("status").map { ("/status", $0) }
        flag = query.single("flag", with: &reader)
        search = query.single("q", with: &reader)
        placedFrom = query.single("placed_from", with: &reader)
        placedTo = query.single("placed_to", with: &reader)
        page = PageFields(query, with: &reader)
    }

    /// Reads the body of `POST /v1/staff/orders/search`.
    init(_ json: JSONValue, with reader: inout FieldReader) {
        reader.root(json)
        if case .string(let status) = json["status"] ?? .null {
            statuses = [("/status", status)]
        } else {
            for (index, value) in (reader.array(json, "status", at: "") ?? []).enumerated() {
                let pointer = "/status/\(index)"
                guard let text = value.stringValue else {
                    reader.wrongType(pointer, value, expected: "a string")
                    continue
                }
                statuses.append((pointer, text))
            }
        }
        flag = reader.string(json, "flag", at: "")
        search = reader.string(json, "q", at: "")
        placedFrom = reader.string(json, "placed_from", at: "")
        placedTo = reader.string(json, "placed_to", at: "")
        page = PageFields(json, with: &reader)
    }

    /// The query, if `reader` has nothing against any of its fields.
    func query(calendar: OfficeCalendar, with reader: inout FieldReader) throws -> OrderQuery {
        var query = OrderQuery()
        for (pointer, text) in statuses {
            if let status: OrderStatus = reader.choice(text, at: pointer) { query.statuses.insert(status) }
        }
        if let flag { query.flag = reader.choice(flag, at: "/flag") }
        query.search = search.flatMap { SearchTerm($0) }
        if let search, search.utf8.count > 200 {
            reader.malformed("/q", "too_long", "must be at most 200 bytes")
        }
        query.placedFrom = reader.time(placedFrom, at: "/placed_from", calendar.start)
        query.placedBefore = reader.time(placedTo, at: "/placed_to", calendar.end)
        query.limit = page.limit(with: &reader)
        query.before = page.cursor(of: .orders, with: &reader).map { OrderID(value: $0) }
        try reader.finish()
        return query
    }
}

/// `limit` and `cursor`, which every list takes.
struct PageFields: Sendable {
    private static let limits = 1...200
    private static let standardLimit = 50

    /// Nil when it is no integer.
    private var given: Int??
    private var cursorText: String?

    init() {}

    init(_ query: QueryParameters, with reader: inout FieldReader) {
        given = query.single("limit", with: &reader).map { Int($0) }
        cursorText = query.single("cursor", with: &reader)
    }

    init(_ json: JSONValue, with reader: inout FieldReader) {
        given = reader.integer(json, "limit", at: "").map { .some($0) }
        cursorText = reader.string(json, "cursor", at: "")
    }

    func limit(with reader: inout FieldReader) -> Int {
        guard let given else { return Self.standardLimit }
        guard let limit = given, Self.limits.contains(limit) else {
            let limits = Self.limits
            reader.malformed(
                "/limit", "out_of_range", "must be a whole number from \(limits.lowerBound) to \(limits.upperBound)")
            return Self.standardLimit
        }
        return limit
    }

    /// The key of the row after which the page starts; nil for the first page.
    func cursor(of list: Cursor.List, with reader: inout FieldReader) -> Int64? {
        guard let cursorText else { return nil }
        guard let cursor = Cursor(cursorText, of: list) else {
            reader.malformed("/cursor", "invalid_cursor", "is no cursor of this list; take next_cursor as it is")
            return nil
        }
        return cursor.key
    }
}

extension FieldReader {
    /// One of a fixed set of words.
    mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ text: String, at pointer: String
    ) -> Choice? {
        guard let choice = Choice(rawValue: text) else {
            let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            malformed(pointer, "unknown_value", "must be one of \(allowed)")
            return nil
        }
        return choice
    }

    mutating func time(_ text: String?, at pointer: String, _ read: (String) -> Timestamp?) -> Timestamp? {
        guard let text else { return nil }
        guard let time = read(text) else {
            malformed(pointer, "invalid_time", "must be a date such as 2026-11-22, or an RFC 3339 time")
            return nil
        }
        return time
    }
}
