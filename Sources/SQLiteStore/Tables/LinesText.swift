import Orders

/// An order's lines as the file keeps them: `[["SKU","title","en",5,"3.2 oz"],…]`.
enum LinesText {
    static func encode(_ lines: [LineItem]) -> String {
        var json = JSONWriter(reserving: 128 * lines.count)
        json.array(lines) { line, json in
            json.array {
                $0.string(line.sku)
                $0.string(line.title)
                $0.string(line.language)
                $0.integer(Int64(line.quantity))
                $0.string(line.unitWeight.description)
            }
        }
        return json.text
    }

    static func decode(_ text: String) throws -> [LineItem] {
        guard let values = (try? JSONReader.read(Array(text.utf8)))?.arrayValue else {
            throw Corruption("an order's lines are no JSON array")
        }
        return try values.map { value in
            guard let fields = value.arrayValue, fields.count == 5, let sku = fields[0].stringValue,
                let title = fields[1].stringValue, let language = fields[2].stringValue,
                let quantity = fields[3].intValue,
                let weight = fields[4].stringValue.flatMap(StatedWeight.init(parsing:))
            else { throw Corruption("an order's line is not understood") }
            return LineItem(sku: sku, title: title, language: language, quantity: quantity, unitWeight: weight)
        }
    }
}

/// What the house says is in a parcel, or short: `[["SKU",5],…]`.
enum ItemsText {
    static func encode(_ items: [ItemCount]) -> String {
        var json = JSONWriter(reserving: 64)
        json.array(items) { item, json in
            json.array {
                $0.string(item.sku)
                $0.integer(Int64(item.quantity))
            }
        }
        return json.text
    }

    static func decode(_ text: String) throws -> [ItemCount] {
        guard let value = try? JSONReader.read(Array(text.utf8)) else {
            throw Corruption("a parcel's items are no JSON")
        }
        return try decode(value)
    }

    static func decode(_ value: JSONValue) throws -> [ItemCount] {
        guard let values = value.arrayValue else { throw Corruption("a parcel's items are no JSON array") }
        return try values.map { value in
            guard let fields = value.arrayValue, fields.count == 2, let sku = fields[0].stringValue,
                let quantity = fields[1].intValue
            else { throw Corruption("an item of a parcel is not understood") }
            return ItemCount(sku: sku, quantity: quantity)
        }
    }
}
