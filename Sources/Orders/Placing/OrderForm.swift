/// What every order is held against, besides the catalog.
package struct OrderRules: Sendable {
    /// Free shipping is up to this, inclusive.
    package let weightLimit: StatedWeight
    /// ISO 3166-1 alpha-2 codes we mail to.
    package let countries: Set<String>

    package init(weightLimit: StatedWeight, countries: Set<String>) {
        self.weightLimit = weightLimit
        self.countries = countries
    }
}

/// A request for an order as it was sent: right in shape, not yet judged.
package struct OrderForm: Sendable, Hashable {
    package var items: [RequestedItem]?
    package var shipTo: AddressForm?
    package var email: String?
    package var requesterType: String?
    package var language: String?
    package var notes: String?

    package init() {}

    /// Reads the body of `POST /v1/orders`. Unknown members are ignored.
    /// - Throws: `MalformedRequest` with every wrong type and its pointer.
    package static func read(_ json: JSONValue) throws(MalformedRequest) -> OrderForm {
        var reader = FieldReader()
        reader.root(json)
        var form = OrderForm()
        form.items = RequestedItem.read(json, with: &reader)
        if let shipTo = reader.object(json, "ship_to", at: "") {
            form.shipTo = AddressForm.read(shipTo, at: "/ship_to", with: &reader)
        }
        form.email = reader.string(json, "email", at: "")
        form.requesterType = reader.string(json, "requester_type", at: "")
        form.language = reader.string(json, "language", at: "")
        form.notes = reader.string(json, "notes", at: "")
        try reader.finish()
        return form
    }

    /// The meaning of the request as bytes: equal for requests that are equal after parsing, unknown members left
    /// out, white space around text and stated defaults included. Hash it for `IdempotencyKey.digest`.
    package var canonicalBytes: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.array("items", items ?? []) { item, json in
                json.object {
                    $0.field("sku", item.sku)
                    $0.field("quantity", item.quantity)
                }
            }
            let address = shipTo ?? AddressForm()
            func clean(_ text: String?) -> String? { text.flatMap { FieldJudge.clean($0, allowingLineBreaks: true) } }
            let fields = [
                address.name, address.organization, address.line1, address.line2, address.city,
                address.region?.uppercased(), address.postalCode, (address.country ?? "US").uppercased(),
                address.phone,
            ]
            $0.array("ship_to", fields) { field, json in
                if let text = clean(field) { json.string(text) } else { json.literal("null") }
            }
            $0.field("email", clean(email))
            $0.field("requester_type", requesterType ?? RequesterType.other.rawValue)
            $0.field("language", language ?? Language.english.rawValue)
            $0.field("notes", clean(notes))
        }
        return json.bytes
    }
}

/// One requested line.
package struct RequestedItem: Sendable, Hashable {
    package let sku: String?
    /// Nil when absent; an integer beyond 64 bits is the nearest that fits.
    package let quantity: Int?

    package init(sku: String?, quantity: Int?) {
        self.sku = sku
        self.quantity = quantity
    }

    static func read(_ json: JSONValue, with reader: inout FieldReader) -> [RequestedItem]? {
        guard let values = reader.array(json, "items", at: "") else { return nil }
        // Judging stops at the count; there is no use in reading a million lines first.
        return values.prefix(RequestedItems.maximumLines + 1).enumerated().map { index, value in
            let pointer = "/items/\(index)"
            guard case .object = value else {
                reader.wrongType(pointer, value, expected: "an object with sku and quantity")
                return RequestedItem(sku: nil, quantity: nil)
            }
            return RequestedItem(
                sku: reader.string(value, "sku", at: pointer),
                quantity: reader.integer(value, "quantity", at: pointer))
        }
    }
}

/// The lines of an order or a quote, judged against the catalog.
package enum RequestedItems {
    package static let maximumLines = 100

    /// The titles and quantities in the order of the request; nil when the judge found a problem.
    static func judged(
        _ items: [RequestedItem]?, by judge: inout FieldJudge, against catalog: Catalog
    ) -> [(title: Title, quantity: Int)]? {
        let before = judge.problems.count
        guard let items else {
            judge.refuse("/items", "required", "choose at least one title")
            return nil
        }
        if items.isEmpty { judge.refuse("/items", "too_few_items", "choose at least one title") }
        if items.count > maximumLines {
            judge.refuse("/items", "too_many_items", "at most \(maximumLines) titles fit in one order")
            return nil
        }
        var lines: [(title: Title, quantity: Int)] = []
        lines.reserveCapacity(items.count)
        for index in items.indices {
            if let line = line(items, index, by: &judge, against: catalog) { lines.append(line) }
        }
        return judge.problems.count == before ? lines : nil
    }

    private static func line(
        _ items: [RequestedItem], _ index: Int, by judge: inout FieldJudge, against catalog: Catalog
    ) -> (title: Title, quantity: Int)? {
        let item = items[index]
        func pointer(_ name: String) -> String { "/items/\(index)/\(name)" }
        let title = title(item.sku, at: pointer("sku"), by: &judge, against: catalog)
        // They are few: looking at each is faster than hashing.
        if let sku = item.sku, let first = items[..<index].firstIndex(where: { $0.sku == sku }) {
            judge.refuse(
                pointer("sku"), "duplicate_sku",
                "the same title is on line \(first + 1) already; state its quantity once")
        }
        guard let quantity = item.quantity else {
            judge.refuse(pointer("quantity"), "required", "say how many copies")
            return nil
        }
        let maximum = title?.maxQuantity ?? 1_000_000
        guard (1...maximum).contains(quantity) else {
            judge.refuse(pointer("quantity"), "out_of_range", "must be from 1 to \(maximum)")
            return nil
        }
        return title.map { ($0, quantity) }
    }

    private static func title(
        _ sku: String?, at pointer: @autoclosure () -> String, by judge: inout FieldJudge, against catalog: Catalog
    ) -> Title? {
        guard let sku else {
            judge.refuse(pointer(), "required", "say which title")
            return nil
        }
        guard let title = catalog[sku] else {
            judge.refuse(pointer(), "unknown_sku", "no title has this SKU; see GET /v1/catalog")
            return nil
        }
        if !title.available {
            judge.refuse(pointer(), "unavailable", "this title is not available in print now")
        }
        return title
    }

    /// For each line, the most copies that would fit with the other lines unchanged: 0 where none, never above the
    /// title's maximum.
    static func quantitiesThatFit(_ lines: [(title: Title, quantity: Int)], limit: Weight) -> [Int] {
        let total = lines.reduce(Weight.zero) { $0 + $1.title.unitWeight.weight * $1.quantity }
        return lines.map { title, quantity in
            let unit = title.unitWeight.weight
            let room = limit - (total - unit * quantity)
            guard room.quanta > 0 else { return 0 }
            return Int(min(room.quanta / unit.quanta, Int128(title.maxQuantity)))
        }
    }
}
