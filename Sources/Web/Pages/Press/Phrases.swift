import Orders

/// Every word of the pages in one language, from `Templates/<language>.phrases`.
///
/// A line is `key = text`; `{name}` in a text is filled in by `text(_:_:)`. Templates say `{{t.key}}`, code says
/// `phrases(…)`. A test holds the files, the templates and the code together: nothing missing, nothing unused, the
/// same places to fill in both languages.
struct Phrases: Sendable {
    let language: Language
    /// What templates see as `t`.
    let all: [String: String]

    static let english = Phrases(.english, file: PackageResources.en_phrases)
    static let spanish = Phrases(.spanish, file: PackageResources.es_phrases)

    static func of(_ language: Language) -> Phrases { language == .spanish ? spanish : english }

    init(_ language: Language, file: [UInt8]) {
        self.language = language
        var all: [String: String] = [:]
        let lines = String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline)
        for line in lines where !line.hasPrefix("#") {
            let parts = line.split(separator: " = ", maxSplits: 1)
            guard parts.count == 2, all.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                preconditionFailure("not a phrase, or a second one of that name: \(line)")
            }
        }
        self.all = all
    }

    /// A phrase that is not there shows its key, so that nothing else breaks; the test finds it first.
    func callAsFunction(_ key: String) -> String { all[key] ?? "⟦\(key)⟧" }

    /// The phrase with its places filled. What is filled in is not looked at again.
    func callAsFunction(_ key: String, _ values: [String: String]) -> String {
        var text = ""
        var rest = self(key)[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            text += rest[..<open]
            text += values[String(rest[rest.index(after: open)..<close])] ?? "⟦\(rest[open...close])⟧"
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }

    /// One or many: `key` + `One` for 1, `key` + `Many` for anything else, with the number as `{count}`.
    func counted(_ key: String, _ count: Int, _ values: [String: String] = [:]) -> String {
        self(key + (count == 1 ? "One" : "Many"), values.merging(["count": String(count)]) { mine, _ in mine })
    }
}
