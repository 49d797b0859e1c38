/// A request for a quote: what would these lines weigh?
package struct QuoteForm: Sendable, Hashable {
    package var items: [RequestedItem]?

    /// Reads the body of `POST /v1/quotes`.
    /// - Throws: `MalformedRequest` with every wrong type and its pointer.
    package static func read(_ json: JSONValue) throws(MalformedRequest) -> QuoteForm {
        var reader = FieldReader()
        reader.root(json)
        let items = RequestedItem.read(json, with: &reader)
        try reader.finish()
        return QuoteForm(items: items)
    }

    /// A quote answers even over the limit; an order refuses.
    package func quoted(against catalog: Catalog, limit: StatedWeight) -> QuoteVerdict {
        var judge = FieldJudge()
        guard let lines = RequestedItems.judged(items, by: &judge, against: catalog) else {
            return .invalid(judge.problems)
        }
        return .quoted(Quote(lines, limit: limit))
    }
}

package enum QuoteVerdict: Sendable {
    case quoted(Quote)
    case invalid([FieldProblem])
}

package struct Quote: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        package let sku: String
        package let quantity: Int
        /// In the title's own unit, exact.
        package let weight: StatedWeight
        package let quantityThatFits: Int
    }

    package let lines: [Line]
    package let total: StatedWeight
    package let limit: StatedWeight
    /// Rounded down; zero when over.
    package let remaining: StatedWeight
    package let isWithinLimit: Bool

    init(_ lines: [(title: Title, quantity: Int)], limit: StatedWeight) {
        let total = lines.reduce(Weight.zero) { $0 + $1.title.unitWeight.weight * $1.quantity }
        self.lines = zip(lines, RequestedItems.quantitiesThatFit(lines, limit: limit.weight)).map { line, fits in
            Line(
                sku: line.title.sku, quantity: line.quantity,
                weight: LineItem(line.title, quantity: line.quantity).statedWeight, quantityThatFits: fits)
        }
        self.total = total.stated(in: limit.unit, rounded: .up)
        self.limit = limit
        remaining = max(.zero, limit.weight - total).stated(in: limit.unit, rounded: .down)
        isWithinLimit = total <= limit.weight
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.array("items", lines) { line, json in
                json.object {
                    $0.field("sku", line.sku)
                    $0.field("quantity", line.quantity)
                    $0.field("weight", line.weight)
                    $0.field("quantity_that_fits", line.quantityThatFits)
                }
            }
            $0.field("total_weight", total)
            $0.field("weight_limit", limit)
            $0.field("remaining_weight", remaining)
            $0.field("within_limit", isWithinLimit)
        }
    }
}
