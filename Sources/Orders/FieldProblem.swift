/// One thing that is wrong with one field of a request: an entry of a problem document's `errors`.
package struct FieldProblem: Sendable, Hashable {
    /// JSON pointer into the request (RFC 6901), `""` for the whole.
    package let pointer: String
    /// For programs, stable: `required`, `wrong_type`, `too_long`, `out_of_range`, `unknown_sku`, …
    package let code: String
    /// For people: what is wrong and what to do. Never repeats what was typed.
    package let detail: String
    /// Only in `weight-limit-exceeded`: the most copies of this line that would fit, the others unchanged.
    package var quantityThatFits: Int?

    package init(_ pointer: String, _ code: String, _ detail: String, quantityThatFits: Int? = nil) {
        self.pointer = pointer
        self.code = code
        self.detail = detail
        self.quantityThatFits = quantityThatFits
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("pointer", pointer)
            $0.field("code", code)
            $0.field("detail", detail)
            if let quantityThatFits { $0.field("quantity_that_fits", quantityThatFits) }
        }
    }
}

/// A request that is not understood: not the right shape, so that nothing in it was judged (HTTP 400).
package struct MalformedRequest: Error, Sendable {
    package let problems: [FieldProblem]

    package init(problems: [FieldProblem]) { self.problems = problems }
}
