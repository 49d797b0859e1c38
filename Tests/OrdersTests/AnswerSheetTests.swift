import Orders
import Testing

struct AnswerSheetTests {
    @Test func aSheetIsReadBackToTheLetter() {
        var sheet = AnswerSheet(key: "k")
        sheet.lines = [.init(sku: "A", copies: " 3 "), .init(sku: "B", copies: "many")]
        sheet.removed = .init(sku: "C", copies: "1")
        sheet.filter = CatalogFilter(words: "\"ñ\"", language: "es", topic: .otherCancers, format: "fact sheet")
        (sheet.name, sheet.organization, sheet.line1, sheet.line2) = ("Ana \u{7}", "Org", "1 Main", "Apt\n5")
        (sheet.city, sheet.region, sheet.postalCode) = ("X", "tejas", "00926")
        (sheet.email, sheet.phone, sheet.requester, sheet.urbanization) = ("a@b", "12", "patient", "")
        (sheet.hasAddress, sheet.hasContact) = (true, true)
        #expect(AnswerSheet(json: sheet.json) == sheet)
        #expect(AnswerSheet(json: AnswerSheet(key: "k").json) == AnswerSheet(key: "k"))
        #expect(AnswerSheet(json: Array("[]".utf8)) == nil)
    }

    @Test(
        arguments: [
            ("3", 3), (" 12 ", 12), ("0", 0), ("007", 7), ("", nil), ("-1", nil), ("3.5", nil), ("three", nil),
            ("99999999", nil), ("１", nil),
        ] as [(String, Int?)])
    func onlyAWholeNumberCounts(typed: String, copies: Int?) {
        #expect(AnswerSheet.copies(typed) == copies)
    }

    @Test(arguments: [
        ("", "Las Gladiolas", "URB Las Gladiolas"), ("Apt 5", "Las Gladiolas", "Apt 5, URB Las Gladiolas"),
        ("Apt 5", "urb. Las Gladiolas", "Apt 5, urb. Las Gladiolas"), ("Apt 5", "", "Apt 5"), ("", "", ""),
    ])
    func anUrbanizationGoesWithTheApartment(line2: String, urbanization: String, expected: String) {
        var sheet = AnswerSheet(key: "k")
        (sheet.line2, sheet.urbanization, sheet.region) = (line2, urbanization, "Puerto Rico")
        #expect(sheet.address.line2 == expected)
        sheet.region = "TX"
        #expect(sheet.address.line2 == line2)
    }
}
