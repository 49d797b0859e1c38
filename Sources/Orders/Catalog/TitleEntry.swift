/// A title as somebody typed it into a form: texts, not yet judged.
package struct TitleEntry: Sendable, Hashable {
    package var sku = ""
    package var title = ""
    package var language = ""
    package var format = ""
    package var description = ""
    /// `3.2 oz`.
    package var weight = ""
    package var maxQuantity = ""
    package var available = true
    package var pdfURL = ""

    package init() {}

    package init(_ title: Title) {
        sku = title.sku
        self.title = title.title
        language = title.language
        format = title.format
        description = title.description ?? ""
        weight = title.unitWeight.description
        maxQuantity = String(title.maxQuantity)
        available = title.available
        pdfURL = title.pdfURL ?? ""
    }

    /// The title, or everything that is wrong, by the name of the field: `/weight`.
    package func judged() -> Result<Title, InvalidFields> {
        var form = TitleForm()
        form.sku = sku.trimmingSpaces().uppercased()
        form.title = title
        form.language = language
        form.format = format
        form.description = description
        form.weight = weight.trimmingSpaces().isEmpty ? nil : weight
        form.maxQuantity = Int(maxQuantity.trimmingSpaces().filter { $0 != "," })
        form.available = available
        form.pdfURL = pdfURL
        var judge = FieldJudge()
        guard let title = form.judged(by: &judge, at: { "/\($0)" }) else {
            return .failure(InvalidFields(problems: judge.problems))
        }
        return .success(title)
    }
}
