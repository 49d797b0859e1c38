import Orders
import Testing

/// A combining mark makes another character of a quotation mark, and no other byte.
struct EscapingByBytesTests {
    @Test func aCombiningMarkHidesNoQuotationMark() {
        #expect(Array("\"\u{301}a".quotesDoubled.utf8) == Array("\"\"\u{301}a".utf8))
        #expect(Array(CSV.row(["a\"\u{650},=1"]).utf8) == Array("\"a\"\"\u{650},=1\"\r\n".utf8))
    }

    @Test func whatIsNotToBeReplacedStays() {
        #expect("Núñez, 1 Main St".replacing(ascii: [0x22: "x"]) == "Núñez, 1 Main St")
    }
}
