/// What a title is about, for the catalog's headings.
///
/// The catalog's file has no column for it (contract §4), so it is told from the title's words, the same way for every
/// language: the first topic that has a word for it. A title that says nothing known is under `more`.
package enum Topic: String, Sendable, CaseIterable {
    case breast, lung, digestive, pelvic, blood, otherCancers = "other-cancers", treatment, daily, more

    package init(of title: Title) {
        let words = SearchText.words(of: title.title)
        let found = Self.beginnings.first { _, beginnings in
            words.contains { word in beginnings.contains { word.hasPrefix($0) } }
        }
        self = found?.0 ?? .more
    }

    /// How words of each topic begin, without case and accents. Kinds of cancer go first: "treatment" stands in many of
    /// their titles. The head goes before the womb, whose Spanish neck is a `cuello` too.
    private static let beginnings: [(Topic, [String])] = [
        (.breast, ["breast", "seno", "mama"]),
        (.lung, ["lung", "pulmon", "mesothel", "mesotel"]),
        (
            .blood,
            [
                "leukemia", "leucemia", "lymphoma", "linfoma", "myeloma", "mieloma", "myelodys", "mielodis", "myelofib",
                "mielofib",
            ]
        ),
        (
            .digestive,
            [
                "colorectal", "colon", "rectal", "liver", "higado", "pancrea", "stomach", "estomago", "gastric",
                "esophag", "esofag", "neuroendocrin", "carcinoid", "bile", "biliar",
            ]
        ),
        (
            .otherCancers,
            [
                "melanoma", "skin", "piel", "brain", "cerebr", "head", "cabeza", "thyroid", "tiroid", "sarcoma",
                "glioblast",
            ]
        ),
        (
            .pelvic,
            [
                "prostat", "ovar", "cervical", "cuello", "uter", "endometri", "bladder", "vejiga", "kidney", "rinon",
                "renal", "testic",
            ]
        ),
        (
            .daily,
            [
                "cost", "caregiver", "cuidador", "kids", "ninos", "hijos", "eating", "comer", "aliment", "coping",
                "afrontar", "survivor", "sobrevivi", "advanced", "avanzado", "grief", "duelo", "pain", "dolor",
                "fatigue", "fatiga",
            ]
        ),
        (
            .treatment,
            [
                "treatment", "tratamiento", "trial", "clinico", "immuno", "inmuno", "biomarker", "biomarcador",
                "chemo", "quimio", "radiation", "radioter", "therapy", "terapia", "side", "question", "pregunta",
            ]
        ),
    ]
}

/// What a person wants to see of the catalog. Empty texts and nil mean anything.
package struct CatalogFilter: Sendable, Hashable {
    package var words = ""
    package var language = ""
    package var topic: Topic?
    package var format = ""

    package init(words: String = "", language: String = "", topic: Topic? = nil, format: String = "") {
        self.words = words
        self.language = language
        self.topic = topic
        self.format = format
    }

    package var isEmpty: Bool { words.isEmpty && language.isEmpty && topic == nil && format.isEmpty }

    /// Every word must begin a word of the title, its description or its format.
    package func picks(_ title: Title) -> Bool {
        guard language.isEmpty || Self.primary(title.language) == language, topic == nil || Topic(of: title) == topic,
            format.isEmpty || title.format == format
        else { return false }
        let wanted = SearchText.words(of: words)
        guard !wanted.isEmpty else { return true }
        let there = SearchText.words(of: "\(title.title) \(title.description ?? "") \(title.format)")
        return wanted.allSatisfy { word in there.contains { $0.hasPrefix(word) } }
    }

    /// `es` of `es-US`.
    package static func primary(_ tag: String) -> String { String(tag.prefix { $0 != "-" }).lowercased() }
}
