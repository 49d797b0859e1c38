/// A title as it was stated, in JSON or in a row of a file: not yet judged.
struct TitleForm {
    var sku = ""
    var title: String?
    var language: String?
    var format: String?
    var description: String?
    /// `3.2 oz`.
    var weight: String?
    var maxQuantity: Int?
    var available: Bool?
    var pdfURL: String?

    /// The title; nil when the judge found a problem. `pointer` names the field of a member.
    func judged(by judge: inout FieldJudge, at pointer: (String) -> String) -> Title? {
        let before = judge.problems.count
        if !Title.isSKU(sku) {
            judge.refuse(pointer("sku"), "invalid_sku", "must be 1 to 40 of A–Z, 0–9 and hyphen")
        }
        let title = judge.required(self.title, at: pointer("title"), maximum: 200, "is missing")
        let language = judge.required(self.language, at: pointer("language"), maximum: 35, "is missing")
        if let language, !Self.isLanguageTag(language) {
            judge.refuse(pointer("language"), "invalid_language", "must be a language tag such as en or es")
        }
        let format = judge.required(self.format, at: pointer("format"), maximum: 40, "is missing")
        let description = judge.text(
            self.description, at: pointer("description"), maximum: 2000, allowingLineBreaks: true)
        let unitWeight = unitWeight(by: &judge, at: pointer("weight"))
        let maxQuantity = self.maxQuantity ?? 0
        if !(1...1_000_000).contains(maxQuantity) {
            judge.refuse(pointer("max_quantity"), "out_of_range", "must be an integer from 1 to 1000000")
        }
        if available == nil { judge.refuse(pointer("available"), "required", "must be true or false") }
        let pdfURL = judge.text(self.pdfURL, at: pointer("pdf_url"), maximum: 500)
        if let pdfURL, !pdfURL.hasPrefix("https://") && !pdfURL.hasPrefix("http://") || pdfURL.contains(" ") {
            judge.refuse(pointer("pdf_url"), "invalid_url", "must be an http or https address, or empty")
        }
        guard judge.problems.count == before, let title, let language, let format, let unitWeight, let available
        else { return nil }
        return Title(
            sku: sku, title: title, language: language, format: format, description: description,
            unitWeight: unitWeight, maxQuantity: maxQuantity, available: available, pdfURL: pdfURL)
    }

    private func unitWeight(by judge: inout FieldJudge, at pointer: String) -> StatedWeight? {
        guard let weight else {
            judge.refuse(pointer, "required", "is missing")
            return nil
        }
        guard let stated = StatedWeight(parsing: weight) else {
            judge.refuse(
                pointer, "invalid_weight",
                "must be a positive number of at most six decimals and a unit (oz, lb, g, kg), such as 3.2 oz")
            return nil
        }
        return stated
    }

    private static func isLanguageTag(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return (2...3).contains(parts.first?.utf8.count ?? 0)
            && parts.allSatisfy { part in
                (1...8).contains(part.utf8.count)
                    && part.utf8.allSatisfy { (97...122).contains($0 | 0x20) || (48...57).contains($0) }
            }
    }
}

extension Title {
    /// Reads a title without its SKU: the body of `PUT /v1/staff/catalog/{sku}`.
    /// - Throws: `MalformedRequest` for a wrong type, `InvalidFields` for a value that cannot be.
    package static func read(_ json: JSONValue, sku: String) throws -> Title {
        var reader = FieldReader()
        reader.root(json)
        var form = TitleForm()
        form.sku = sku
        form.title = reader.string(json, "title", at: "")
        form.language = reader.string(json, "language", at: "")
        form.format = reader.string(json, "format", at: "")
        form.description = reader.string(json, "description", at: "")
        if let weight = reader.object(json, "unit_weight", at: "") {
            let unit = reader.string(weight, "unit", at: "/unit_weight")
            if case .number(let literal) = weight["value"] ?? .null {
                form.weight = "\(weight["value"]?.decimalLiteral ?? literal) \(unit ?? "")"
            } else if let value = weight["value"], !value.isNull {
                reader.wrongType("/unit_weight/value", value, expected: "a number")
            }
        }
        form.maxQuantity = reader.integer(json, "max_quantity", at: "")
        form.available = reader.bool(json, "available", at: "")
        form.pdfURL = reader.string(json, "pdf_url", at: "")
        try reader.finish()
        var judge = FieldJudge()
        guard let title = form.judged(by: &judge, at: { $0 == "weight" ? "/unit_weight" : "/\($0)" }) else {
            throw InvalidFields(problems: judge.problems)
        }
        return title
    }
}
