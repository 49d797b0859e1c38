import Foundation
import Orders
import Testing

@testable import Web

struct PhrasesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Sources/Web/Pages").standardized

    /// The public pages' sources: code and templates.
    private static func sources(_ ending: String) throws -> String {
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        let texts = try files.compactMap { $0 as? URL }.filter { $0.pathExtension == ending }
            .map { try String(contentsOf: $0, encoding: .utf8) }
        try #require(texts.count > 5)
        return texts.joined(separator: "\n")
    }

    private static func used() throws -> (inTemplates: Set<String>, spoken: Set<String>, literals: Set<String>) {
        let code = try sources("swift")
        let templates = try sources("mustache").matches(of: /\{\{[#^]?t\.([A-Za-z0-9]+)\}\}/).map { String($0.1) }
        let spoken = code.matches(of: /phrases\(\s*"([A-Za-z0-9]+)"/).map { String($0.1) }
        let literals = code.matches(of: /"([A-Za-z0-9]+)"/).map { String($0.1) }
        return (Set(templates), Set(spoken), Set(literals))
    }

    @Test func bothLanguagesSayTheSameThings() {
        let (english, spanish) = (Phrases.english.all, Phrases.spanish.all)
        #expect(Set(english.keys).symmetricDifference(spanish.keys).sorted() == [])
        for (key, text) in english {
            let places = { (text: String) in text.matches(of: /\{[a-z]+\}/).map { String($0.0) }.sorted() }
            #expect(places(text) == places(spanish[key] ?? ""), "\(key)")
        }
    }

    @Test func nothingThatThePagesSayIsMissing() throws {
        let (templates, spoken, _) = try Self.used()
        for key in templates.union(spoken) { #expect(Phrases.english.all[key] != nil, "\(key)") }
        let status = OrderStatus.allCases.map(StatusView.key)
        for key in status {
            #expect(Phrases.spanish.all[key + "Name"] != nil && Phrases.spanish.all[key + "Text"] != nil)
        }
    }

    @Test func nothingIsSaidThatNoPageUses() throws {
        let (templates, _, literals) = try Self.used()
        let endings = ["One", "Many", "Title", "Text", "Name"]
        let unused = Phrases.english.all.keys.filter { key in
            let stems = endings.filter(key.hasSuffix).map { String(key.dropLast($0.count)) }
            return !templates.contains(key) && !literals.contains(key) && !key.hasPrefix("month")
                && !stems.contains(where: literals.contains)
        }
        #expect(unused.sorted() == [])
    }

    @Test func aFileWithAMissingPhraseIsSeen() {
        let short = Phrases(.spanish, file: Array("a = x {n}\n# b = y\n".utf8))
        #expect(short.all == ["a": "x {n}"])
        #expect(short("b") == "⟦b⟧" && short("a", [:]) == "x ⟦{n}⟧")
    }

    @Test func whatIsFilledInIsNotFilledAgain() {
        let phrases = Phrases(.english, file: Array("a = {x} and {y}".utf8))
        #expect(phrases("a", ["x": "{y}", "y": "1"]) == "{y} and 1")
    }

    @Test func theWordsThatPagesAvoidAreNotThere() {
        let avoided: [(Phrases, Set<Substring>)] = [
            (.english, ["cart", "checkout", "submit", "invalid", "session", "user", "oops", "500"]),
            (
                .spanish,
                [
                    "carrito", "inválido", "inválida", "inválidos", "inválidas", "sesión", "usuario", "usuaria", "ups",
                    "someter", "500",
                ]
            ),
        ]
        for (phrases, banned) in avoided {
            for text in phrases.all.values {
                let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
                #expect(banned.isDisjoint(with: words), "\(text)")
            }
        }
    }

    @Test func noPageShowsAPlaceThatWasNotFilled() async throws {
        try await Desk.open { desk in
            for prefix in ["", "/es"] {
                let reader = Visitor(desk)
                try await reader.toCheck(prefix)
                var pages: [String] = []
                for path in [
                    "", "/order/copies", "/order/address", "/order/contact", "/order/check", "/help", "/privacy",
                ] {
                    pages.append(try await reader.get(prefix + (prefix + path == "" ? "/" : path)).body)
                }
                pages.append(try await reader.get(try await reader.send(prefix)).body)
                for page in pages { #expect(!page.contains("⟦") && !page.contains("{{"), "\(page.prefix(300))") }
            }
        }
    }
}
