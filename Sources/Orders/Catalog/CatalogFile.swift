/// The catalog as a CSV file, `Config/catalog.csv`'s format (contract §4).
package enum CatalogFile {
    package static let header = [
        "sku", "title", "language", "format", "description", "weight", "max_quantity", "available", "pdf_url",
    ]

    /// Every title of the file, or every problem of every row: all or nothing.
    /// - Throws: `InvalidFields`; a pointer is `/line/7/weight`, the line as an editor counts it.
    package static func read(_ bytes: [UInt8]) throws(InvalidFields) -> [Title] {
        let records = try CSV.records(bytes)
        guard let first = records.first, first.fields == header else {
            throw InvalidFields(problems: [
                FieldProblem(
                    "/line/1", "invalid_header", "the first line must read \(header.joined(separator: ","))")
            ])
        }
        var judge = FieldJudge()
        var lineOfSKU: [String: Int] = [:]
        var titles: [Title] = []
        for record in records.dropFirst() {
            guard record.fields.count == header.count else {
                judge.refuse(
                    "/line/\(record.line)", "wrong_field_count",
                    "has \(record.fields.count) fields instead of \(header.count)")
                continue
            }
            let form = form(record.fields)
            if let earlier = lineOfSKU.updateValue(lineOfSKU[form.sku] ?? record.line, forKey: form.sku) {
                judge.refuse("/line/\(record.line)/sku", "duplicate_sku", "this SKU stands on line \(earlier) already")
            }
            if let title = form.judged(by: &judge, at: { "/line/\(record.line)/\($0)" }) { titles.append(title) }
        }
        guard judge.problems.isEmpty else { throw InvalidFields(problems: judge.problems) }
        return titles
    }

    private static func form(_ fields: [String]) -> TitleForm {
        var form = TitleForm()
        form.sku = fields[0].trimmingSpaces()
        form.title = fields[1]
        form.language = fields[2]
        form.format = fields[3]
        form.description = fields[4]
        form.weight = fields[5].isEmpty ? nil : fields[5]
        form.maxQuantity = Int(fields[6].trimmingSpaces())
        switch fields[7].trimmingSpaces() {
        case "true": form.available = true
        case "false": form.available = false
        default: form.available = nil
        }
        form.pdfURL = fields[8]
        return form
    }

    /// A file that `read` reads back to the same titles.
    package static func write(_ titles: [Title]) -> [UInt8] {
        let rows = titles.map { title in
            CSV.exactRow([
                title.sku, title.title, title.language, title.format, title.description ?? "",
                title.unitWeight.description, String(title.maxQuantity), title.available ? "true" : "false",
                title.pdfURL ?? "",
            ])
        }
        return Array((CSV.exactRow(header) + rows.joined()).utf8)
    }
}
