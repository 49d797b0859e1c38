import Orders
import Testing

@Suite struct SearchTests {
    @Test(
        arguments: [
            ("Zoë O’Hara-Lee", ["zoe", "ohara", "lee"]), ("  St. Mary's 2nd  ", ["st", "marys", "2nd"]),
            ("ÅNGSTRÖM", ["angstrom"]),
            ("", []), ("--- \u{0}", []), ("José", ["jose"]), ("Jose\u{301}", ["jose"]),
        ] as [(String, [String])])
    func wordsAreFolded(text: String, words: [String]) { #expect(SearchText.words(of: text) == words) }

    /// ASCII is folded by bytes; one letter beyond it sends the whole text through Unicode's tables.
    @Test func bytesAreFoldedAsUnicodeFoldsThem() {
        for byte in UInt8(0)..<0x80 {
            let text = "Ab\(Character(Unicode.Scalar(byte)))Cd 9z"
            #expect(SearchText.words(of: text) + ["e"] == SearchText.words(of: text + " é"), "\(byte)")
        }
    }

    @Test func theShapeDecides() {
        #expect(SearchTerm("Jane@Example.org") == .email(prefix: "jane@example.org"))
        #expect(SearchTerm("@Example.org") == .emailDomain("example.org"))
        #expect(SearchTerm("4829-1504-75") == .digits("4829150475", compact: "4829150475"))
        #expect(SearchTerm("(555) 010-1234") == .digits("5550101234", compact: "(555)0101234"))
        #expect(SearchTerm("1z 999 aa1") == .words(["1z", "999", "aa1"], compact: "1Z999AA1"))
        #expect(SearchTerm("#4829-1504-75") == SearchTerm("4829-1504-75") && SearchTerm(" #7") == SearchTerm("7"))
        for text in ["# 4829150475", "##7", "7#", "no#7"] { #expect(SearchTerm(text) != SearchTerm("7"), "\(text)") }
        #expect(SearchTerm("# 7") == .words(["7"], compact: "#7"))
        #expect(SearchTerm("Smi Spr") == .words(["smi", "spr"], compact: "SMISPR"))
        #expect(SearchTerm("@") == .nothing && SearchTerm("*\"") == .nothing && SearchTerm("  ") == nil)
    }
}
