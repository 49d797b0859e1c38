import Orders

/// Values of the catalog's page.
struct ConsoleCatalogView: Sendable {
    struct Row: Sendable {
        let sku, id, path, title, language, format, weight, most, state, kind: String
        let availabilityPath: String
        /// The page that asks first; nil where nothing needs asking.
        let askPath: String?
        let pdf: String?
    }

    let rows: [Row]
    let found, typed: String
    let isEmpty: Bool
    let emptyText: String
    let notice: String?

    init(_ titles: [Title], typed: String, done: String?) {
        let words = SearchText.words(of: typed)
        let fitting = titles.filter { title in
            let there = SearchText.words(of: "\(title.sku) \(title.title) \(title.format)")
            return words.allSatisfy { word in there.contains { $0.hasPrefix(word) } }
        }
        rows = fitting.map { title in
            Row(
                sku: title.sku, id: "t-" + title.sku, path: "/staff/catalog/" + title.sku, title: title.title,
                language: title.language, format: title.format, weight: title.unitWeight.description,
                most: Digits.grouped(title.maxQuantity), state: title.available ? "Available" : "No copies",
                kind: title.available ? "good" : "stop",
                availabilityPath: "/staff/catalog/\(title.sku)/availability",
                askPath: title.available
                    ? "/staff/catalog/\(title.sku)/availability?q=" + URLText.encode(typed) : nil,
                pdf: title.pdfURL)
        }
        found = Digits.counted(fitting.count, "title", "titles")
        self.typed = typed
        isEmpty = fitting.isEmpty
        emptyText =
            titles.isEmpty
            ? "The catalog is empty. Import a file, or add a title." : "No title has these words. Try fewer."
        notice =
            switch done {
            case "saved": "The title is saved. Orders that were placed before keep what they had."
            case "same": "Nothing was changed."
            case "available": "The title can be ordered again."
            case "unavailable": "The title cannot be ordered for now."
            case "imported": "The file is imported."
            default: nil
            }
    }
}

/// Values of the form for one title.
struct TitleView: Sendable {
    struct Field: Sendable {
        let id, name, label, value, hint: String
        let problem: String?
        let isOptional, isShort: Bool
    }

    let heading: String
    let path: String
    let isNew: Bool
    let sku: String
    let fields: [Field]
    let typedDescription: String
    let descriptionProblem: String?
    let available: Bool
    var was: String
    var changed: String?
    let problems: ConsoleProblems

    init(_ entry: TitleEntry, isNew: Bool, problems found: [FieldProblem], was: String = "") {
        heading = isNew ? "Add a title" : "Change \(entry.sku)"
        path = "/staff/catalog/" + (isNew ? "new" : entry.sku)
        self.isNew = isNew
        sku = entry.sku
        let all: [(name: String, label: String, value: String, hint: String, isOptional: Bool)] = [
            ("sku", "SKU", entry.sku, "Capitals, digits and hyphens, as the house knows it", false),
            ("title", "Title", entry.title, "", false),
            ("language", "Language", entry.language, "en, es, …", false),
            ("format", "Format", entry.format, "booklet, fact sheet, …", false),
            ("weight", "Weight of one copy", entry.weight, "A number and oz, lb, g or kg, like 3.2 oz", false),
            ("max_quantity", "Most copies in one order", entry.maxQuantity, "", false),
            ("pdf_url", "Address of the PDF", entry.pdfURL, "", true),
        ]
        func problem(_ name: String, _ label: String) -> String? {
            found.first { $0.pointer == "/\(name)" }.map { "\(label) \($0.detail)" }
        }
        fields = all.filter { isNew || $0.name != "sku" }.map { field in
            Field(
                id: "f-" + field.name, name: field.name, label: field.label, value: field.value, hint: field.hint,
                problem: problem(field.name, field.label), isOptional: field.isOptional,
                isShort: ["sku", "language", "weight", "max_quantity"].contains(field.name))
        }
        typedDescription = entry.description
        descriptionProblem = problem("description", "Description")
        available = entry.available
        self.was = was
        var problems = ConsoleProblems()
        for field in fields { if let problem = field.problem { problems.add(field.id, problem) } }
        if let descriptionProblem { problems.add("f-description", descriptionProblem) }
        self.problems = problems
    }
}

extension TitleEntry {
    init(_ form: FormFields, sku: String) {
        self.init()
        self.sku = sku
        title = form["title"] ?? ""
        language = form["language"] ?? ""
        format = form["format"] ?? ""
        description = form["description"] ?? ""
        weight = form["weight"] ?? ""
        maxQuantity = form["max_quantity"] ?? ""
        available = form["available"] == "true"
        pdfURL = form["pdf_url"] ?? ""
    }
}

/// Values of the page that asks for a file.
struct ImportView: Sendable {
    struct Row: Sendable {
        let place, message: String
    }

    private static let most = 100

    let rows: [Row]
    let hasRows: Bool
    let more: String?
    let problems: ConsoleProblems
    let header = CatalogFile.header.joined(separator: ",")

    init(_ found: [FieldProblem]) {
        rows = found.prefix(Self.most).map { problem in
            let parts = problem.pointer.split(separator: "/")
            let place = parts.count >= 2 ? "Line \(parts[1])" + (parts.count > 2 ? ", \(parts[2])" : "") : "The file"
            return Row(place: place, message: problem.detail)
        }
        hasRows = !rows.isEmpty
        more = found.count > Self.most ? "And \(Digits.grouped(found.count - Self.most)) more." : nil
        var problems = ConsoleProblems()
        if !found.isEmpty {
            problems.add(
                "file",
                "Nothing was imported: \(Digits.counted(found.count, "problem", "problems")) in the file. "
                    + "Correct it and choose it again")
        }
        self.problems = problems
    }
}

/// Values of the page that shows what an import changes.
struct ImportPreviewView: Sendable {
    struct Row: Sendable {
        let sku, title: String
        let changes: [String]
    }

    let added, changed: [Row]
    let hasAdded, hasChanged, canImport: Bool
    let addedCount, changedCount, unchanged: String
    let key, version: String
    let isStale: Bool

    init(_ titles: [Title], catalog: Catalog, key: String, isStale: Bool = false) {
        // The same function that the import itself goes by.
        let change = CatalogChange(putting: titles, into: catalog)
        let bySKU = Dictionary(titles.map { ($0.sku, $0) }, uniquingKeysWith: { $1 })
        added = change.added.compactMap { bySKU[$0] }.map { Row(sku: $0.sku, title: $0.title, changes: []) }
        changed = change.changed.compactMap { sku in
            guard let new = bySKU[sku], let old = catalog[sku] else { return nil }
            return Row(sku: sku, title: old.title, changes: Self.differences(TitleEntry(old), TitleEntry(new)))
        }
        hasAdded = !added.isEmpty
        hasChanged = !changed.isEmpty
        canImport = hasAdded || hasChanged
        addedCount = Digits.counted(added.count, "title is new", "titles are new")
        changedCount = Digits.counted(changed.count, "title changes", "titles change")
        unchanged = Digits.counted(change.unchanged, "title stays as it is", "titles stay as they are")
        self.key = key
        version = String(catalog.version)
        self.isStale = isStale
    }

    private static func differences(_ old: TitleEntry, _ new: TitleEntry) -> [String] {
        let pairs: [(String, String, String)] = [
            ("title", old.title, new.title), ("language", old.language, new.language),
            ("format", old.format, new.format), ("description", old.description, new.description),
            ("weight", old.weight, new.weight), ("most copies", old.maxQuantity, new.maxQuantity),
            ("available", old.available ? "yes" : "no", new.available ? "yes" : "no"), ("PDF", old.pdfURL, new.pdfURL),
        ]
        return pairs.filter { $0.1 != $0.2 }.map { name, old, new in
            "\(name): \(Self.cut(old)) → \(Self.cut(new))"
        }
    }

    private static func cut(_ text: String) -> String {
        text.isEmpty ? "nothing" : text.count > 80 ? text.prefix(80) + "…" : text
    }
}
