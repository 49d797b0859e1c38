import Orders

/// The first page: what there is, what is chosen.
struct CatalogView: Sendable {
    struct Choice: Sendable {
        let value, label: String
        let isChosen: Bool
    }

    struct Group: Sendable {
        /// Not the topic's name: an address with `#` and an illness in it would stay in the browser's history.
        let anchor: String
        let heading: String
        let rows: [Row]
        /// A way on between the groups, so that nobody has to scroll past all; below the last is the page's own.
        var hasContinue = true
    }

    struct Row: Sendable {
        let sku: String
        /// The words that most titles begin with, kept apart so that a list of sixty can be read; nil when it has none.
        let series: String?
        let name: String
        /// Where it is not the page's.
        let tongue: String?
        let about: String?
        let facts: String
        let isChosen, isInPrint: Bool
        let pdf: Online?
    }

    struct Online: Sendable {
        let address, of: String
    }

    struct Hint: Sendable {
        let code, text, link, path: String
    }

    let token: String
    let problems: ProblemList
    let lead2: String
    /// Why somebody who had chosen something is here again.
    let ranOut: String?
    let hint: Hint?
    let words: String
    let languages, topics, formats: [Choice]
    let countText: String
    let noMatch: String?
    let isEmpty, isFiltered, hasGroups: Bool
    let chosenText, chosenHidden: String?
    let groups: [Group]
    /// Every SKU with a box on this page: what is not ticked among them was unticked.
    let shown: String
}

extension CatalogView {
    /// - Parameter picked: SKUs that are chosen.
    init(
        _ catalog: Catalog, filter: CatalogFilter, picked: [String], problems: [PageProblem], limit: String,
        ranOut: Title?, hint: Hint?, visit: Visit
    ) {
        let phrases = visit.phrases
        let titles = catalog.titles.filter(filter.picks)
        let series = Self.series(of: catalog)
        let chosen = Set(picked)
        func row(_ title: Title) -> Row { Self.row(title, series, isChosen: chosen.contains(title.sku), phrases) }
        var groups: [Group] = []
        for topic in Topic.allCases {
            let inTopic = titles.filter { Topic(of: $0) == topic }
            guard !inTopic.isEmpty else { continue }
            let own = inTopic.filter { CatalogFilter.primary($0.language) == phrases.language.rawValue }
            let others = inTopic.filter { CatalogFilter.primary($0.language) != phrases.language.rawValue }
            groups.append(
                Group(
                    anchor: "part-\(groups.count + 1)", heading: phrases(Self.key(topic)),
                    rows: (own + others).map(row)))
        }
        if !groups.isEmpty { groups[groups.count - 1].hasContinue = false }
        self.groups = groups
        hasGroups = groups.count > 1
        let boxes = Set(titles.filter(\.available).map(\.sku))
        shown = titles.map(\.sku).filter(boxes.contains).joined(separator: ",")
        token = visit.token
        self.problems = ProblemList(problems, phrases)
        lead2 = phrases("chooseLead2", ["limit": limit])
        self.ranOut = ranOut.map { phrases("goneTitle", ["title": $0.title]) }
        self.hint = hint
        words = filter.words
        let any = Choice(value: "", label: phrases("findAny"), isChosen: false)
        languages =
            [any]
            + Self.distinct(catalog.titles.map { CatalogFilter.primary($0.language) }).map {
                Choice(value: $0, label: Self.language($0, phrases), isChosen: $0 == filter.language)
            }
        let present = Set(catalog.titles.map { Topic(of: $0) })
        topics =
            [any]
            + Topic.allCases.filter(present.contains).map {
                Choice(value: $0.rawValue, label: phrases(Self.key($0)), isChosen: $0 == filter.topic)
            }
        formats =
            [any]
            + Self.distinct(catalog.titles.map(\.format)).map {
                Choice(value: $0, label: Self.format($0, phrases), isChosen: $0 == filter.format)
            }
        countText = phrases.counted("count", titles.count)
        isEmpty = catalog.titles.isEmpty
        isFiltered = !filter.isEmpty
        noMatch =
            titles.isEmpty && !isEmpty
            ? filter.words.isEmpty ? phrases("noMatch") : phrases("noMatchWords", ["words": filter.words]) : nil
        chosenText = picked.isEmpty ? nil : phrases.counted("chosen", picked.count)
        let hidden = picked.filter { !boxes.contains($0) }.compactMap { catalog[$0]?.title }
        chosenHidden =
            hidden.isEmpty ? nil : phrases("chosenHidden", ["titles": hidden.joined(separator: "; ")])
    }

    private static func row(_ title: Title, _ series: Set<String>, isChosen: Bool, _ phrases: Phrases) -> Row {
        let start = series.first { title.title.hasPrefix($0) }
        let tongue = CatalogFilter.primary(title.language)
        let facts = [
            language(tongue, phrases), format(title.format, phrases),
            phrases("eachWeighs", ["weight": weight(title.unitWeight, phrases)]),
        ]
        return Row(
            sku: title.sku, series: start, name: String(title.title.dropFirst(start?.count ?? 0)),
            tongue: tongue == phrases.language.rawValue ? nil : title.language, about: title.description,
            facts: facts.joined(separator: " · "), isChosen: isChosen, isInPrint: title.available,
            pdf: title.pdfURL.map { Online(address: $0, of: phrases("readOnlineOf", ["title": title.title])) })
    }

    /// What three titles or more begin with, up to a colon.
    private static func series(of catalog: Catalog) -> Set<String> {
        var counts: [String: Int] = [:]
        for title in catalog.titles {
            guard let colon = title.title.firstIndex(of: ":") else { continue }
            counts[title.title[...colon] + " ", default: 0] += 1
        }
        return Set(counts.filter { $0.value >= 3 }.keys)
    }

    private static func distinct(_ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }

    static func language(_ tag: String, _ phrases: Phrases) -> String {
        switch tag {
        case "en": phrases("languageEn")
        case "es": phrases("languageEs")
        default: tag
        }
    }

    private static func format(_ format: String, _ phrases: Phrases) -> String {
        switch format {
        case "booklet": phrases("formatBooklet")
        case "fact sheet": phrases("formatFactSheet")
        case "worksheet": phrases("formatWorksheet")
        case "kit": phrases("formatKit")
        default: format
        }
    }

    static func key(_ topic: Topic) -> String {
        switch topic {
        case .breast: "topicBreast"
        case .lung: "topicLung"
        case .digestive: "topicDigestive"
        case .pelvic: "topicPelvic"
        case .blood: "topicBlood"
        case .otherCancers: "topicOtherCancers"
        case .treatment: "topicTreatment"
        case .daily: "topicDaily"
        case .more: "topicMore"
        }
    }

    /// One copy's weight as people here weigh: ounces below a pound, pounds from there, rounded up to a tenth.
    static func weight(_ weight: StatedWeight, _ phrases: Phrases) -> String {
        let quanta = weight.weight.quanta
        let unit: WeightUnit = quanta < WeightUnit.pound.quantaPerMillionth * 1_000_000 ? .ounce : .pound
        let tenth = WeightMeter.tenth(of: unit)
        let tenths = (quanta + tenth - 1) / tenth
        let number = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        return number + " " + phrases(unit == .ounce ? "shortOz" : "shortLb")
    }
}
