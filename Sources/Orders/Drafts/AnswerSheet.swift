/// What a person has answered so far on the way to an order: as typed, right or wrong, so that nothing is typed twice.
package struct AnswerSheet: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        package let sku: String
        /// As typed.
        package var copies: String

        package init(sku: String, copies: String) {
            self.sku = sku
            self.copies = copies
        }
    }

    /// How long a sheet is kept after it was last changed: WCAG asks for 20 hours, privacy for no more than needed.
    package static let lifetimeSeconds: Int64 = 24 * 60 * 60

    /// The idempotency key of the one order that can come of this sheet.
    package let key: String
    package var lines: [Line] = []
    /// What was taken out last, so that one press puts it back.
    package var removed: Line?
    package var filter = CatalogFilter()
    package var name = ""
    package var organization = ""
    package var line1 = ""
    package var line2 = ""
    /// Part of addresses in Puerto Rico; nil until it was asked for.
    package var urbanization: String?
    package var city = ""
    package var region = ""
    package var postalCode = ""
    package var email = ""
    package var phone = ""
    /// A requester type's raw value; empty when none was chosen.
    package var requester = ""
    /// The pages that were gone through with Continue.
    package var hasAddress = false
    package var hasContact = false

    package init(key: String) { self.key = key }

    package subscript(sku: String) -> Line? { lines.first { $0.sku == sku } }
}

/// What a store has under a sheet's id.
package enum KeptSheet: Sendable, Hashable {
    case open(AnswerSheet)
    /// The order was placed: all that is still known is where it is.
    case placed(token: StatusToken, at: Timestamp)
}

extension AnswerSheet {
    /// As a store keeps it.
    package var json: [UInt8] {
        var json = JSONWriter(reserving: 512)
        json.object {
            $0.field("key", key)
            let lists: [(StaticString, [Line])] = [("lines", lines), ("removed", removed.map { [$0] } ?? [])]
            for (name, lines) in lists {
                $0.array(name, lines) { line, json in
                    json.object {
                        $0.field("sku", line.sku)
                        $0.field("copies", line.copies)
                    }
                }
            }
            $0.array("filter", [filter.words, filter.language, filter.topic?.rawValue ?? "", filter.format])
            for (name, path) in Self.texts { $0.member(name) { $0.string(self[keyPath: path]) } }
            $0.field("urbanization", urbanization)
            $0.field("has_address", hasAddress)
            $0.field("has_contact", hasContact)
        }
        return json.bytes
    }

    /// Nil when the bytes are no sheet of ours.
    package init?(json bytes: [UInt8]) {
        guard let json = try? JSONReader.read(bytes), let key = json["key"]?.stringValue else { return nil }
        self.init(key: key)
        lines = Self.lines(json["lines"])
        removed = Self.lines(json["removed"]).first
        let filter = (json["filter"]?.arrayValue ?? []).map { $0.stringValue ?? "" }
        if filter.count == 4 {
            self.filter = CatalogFilter(
                words: filter[0], language: filter[1], topic: Topic(rawValue: filter[2]), format: filter[3])
        }
        for (name, path) in Self.texts { self[keyPath: path] = json[name]?.stringValue ?? "" }
        urbanization = json["urbanization"]?.stringValue
        hasAddress = json["has_address"]?.boolValue ?? false
        hasContact = json["has_contact"]?.boolValue ?? false
    }

    private static func lines(_ json: JSONValue?) -> [Line] {
        (json?.arrayValue ?? []).compactMap { line in
            guard let sku = line["sku"]?.stringValue, let copies = line["copies"]?.stringValue else { return nil }
            return Line(sku: sku, copies: copies)
        }
    }

    private static var texts: [(String, WritableKeyPath<AnswerSheet, String>)] {
        [
            ("name", \.name), ("organization", \.organization), ("line1", \.line1), ("line2", \.line2),
            ("city", \.city), ("region", \.region), ("postal_code", \.postalCode), ("email", \.email),
            ("phone", \.phone), ("requester", \.requester),
        ]
    }
}
