import Orders
import Testing

struct CatalogTopicTests {
    private static func title(_ name: String, language: String = "en", description: String? = nil) throws -> Title {
        Title(
            sku: "A", title: name, language: language, format: "booklet", description: description,
            unitWeight: try #require(StatedWeight(parsing: "1 oz")), maxQuantity: 1, available: true, pdfURL: nil)
    }

    @Test(arguments: [
        ("Frankly Speaking About Cancer: Metastatic Breast Cancer", Topic.breast),
        ("Hablando francamente sobre el cáncer: Cáncer de seno metastásico", .breast),
        ("Hablando francamente sobre el cáncer: Cáncer de pulmón", .lung),
        ("Frankly Speaking About Cancer: Small Cell Lung Cancer", .lung),
        ("Frankly Speaking About Cancer: Neuroendocrine & Carcinoid Tumors", .digestive),
        ("Hablando francamente sobre el cáncer: Cáncer de hígado", .digestive),
        ("Hablando francamente sobre el cáncer: Cáncer de cuello uterino", .pelvic),
        ("Frankly Speaking About Cancer: Head & Neck Cancers", .otherCancers),
        ("Cáncer de cabeza y cuello", .otherCancers), ("Frankly Speaking About Cancer: Multiple Myeloma", .blood),
        ("Frankly Speaking About Cancer: Immunotherapy: Your Immune System & Cancer Treatment", .treatment),
        ("Hablando francamente sobre el cáncer: Hoja de trabajo para decidir el tratamiento", .treatment),
        ("Frankly Speaking About Cancer: Questions to Ask Your Health Care Team", .treatment),
        ("Frankly Speaking About Cancer: For Caregivers", .daily),
        ("Hablando francamente sobre el cáncer: Cómo afrontar el costo de la atención", .daily),
        ("Frankly Speaking About Cancer: Clinic Display Kit", .more), ("", .more),
    ])
    func aTitleTellsItsTopic(name: String, topic: Topic) throws {
        #expect(Topic(of: try Self.title(name)) == topic)
    }

    @Test(arguments: [
        ("", true), ("pulmon", true), ("PULM", true), ("cancer pulmon", true), ("etapas", true), ("booklet", true),
        ("higado", false), ("ulmon", false), ("—", true),
    ])
    func everyWordMustBeginAWordOfTheTitleOrItsDescription(words: String, isPicked: Bool) throws {
        let title = try Self.title("Cáncer de pulmón", language: "es-US", description: "Tipos y etapas")
        #expect(CatalogFilter(words: words).picks(title) == isPicked)
    }

    @Test func languageTopicAndFormatNarrow() throws {
        let title = try Self.title("Cáncer de pulmón", language: "es-US")
        #expect(CatalogFilter(language: "es", topic: .lung, format: "booklet").picks(title))
        #expect(!CatalogFilter(language: "en").picks(title))
        #expect(!CatalogFilter(topic: .breast).picks(title))
        #expect(!CatalogFilter(format: "kit").picks(title))
    }
}
