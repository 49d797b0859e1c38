/// One printed publication in the catalog, in one language.
package struct Title: Sendable, Hashable {
    /// Stock-keeping unit, `[A-Z0-9-]{1,40}`: the title's key, also in the house's files.
    package let sku: String
    package let title: String
    /// BCP 47 tag: `en`, `es`.
    package let language: String
    /// `booklet`, `fact sheet`, … free text up to 40 characters.
    package let format: String
    package let description: String?
    package let unitWeight: StatedWeight
    /// Most copies in one order, 1–1,000,000.
    package let maxQuantity: Int
    package let available: Bool
    /// Where it can be read at once instead.
    package let pdfURL: String?

    package init(
        sku: String, title: String, language: String, format: String, description: String?, unitWeight: StatedWeight,
        maxQuantity: Int, available: Bool, pdfURL: String?
    ) {
        self.sku = sku
        self.title = title
        self.language = language
        self.format = format
        self.description = description
        self.unitWeight = unitWeight
        self.maxQuantity = maxQuantity
        self.available = available
        self.pdfURL = pdfURL
    }

    package static func isSKU(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || $0 == 45 }
    }
}

extension Title {
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("sku", sku)
            $0.field("title", title)
            $0.field("language", language)
            $0.field("format", format)
            $0.field("description", description)
            $0.field("unit_weight", unitWeight)
            $0.field("max_quantity", maxQuantity)
            $0.field("available", available)
            $0.field("pdf_url", pdfURL)
        }
    }
}

/// Every title, in the catalog's own order. A value: the store replaces it whole when something changes.
package struct Catalog: Sendable {
    /// In the order of first import; new titles follow.
    package let titles: [Title]
    /// Grows with every change; the ETag of `GET /v1/catalog` is made of it.
    package let version: Int64
    private let indexBySKU: [String: Int]

    package init(titles: [Title], version: Int64) {
        self.titles = titles
        self.version = version
        indexBySKU = Dictionary(titles.enumerated().map { ($1.sku, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(sku: String) -> Title? { indexBySKU[sku].map { titles[$0] } }
}
