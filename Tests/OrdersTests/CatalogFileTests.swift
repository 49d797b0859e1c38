import Orders
import TestSupport
import Testing

@Suite struct CatalogFileTests {
    private let header = "sku,title,language,format,description,weight,max_quantity,available,pdf_url\n"

    private func problems(_ rows: String) -> [String] {
        do {
            _ = try CatalogFile.read(Array((header + rows).utf8))
            return []
        } catch {
            return error.problems.map { "\($0.pointer) \($0.code)" }
        }
    }

    @Test func quotesLineBreaksAndByteOrderMarksAreRead() throws {
        let text =
            "\u{FEFF}" + header.replacing("\n", with: "\r\n")
            + "\"A-1\",\"A, \"\"B\"\"\",en,booklet,\"two\nlines\",3.2 oz,25,true,\r\n\r\n"
        let titles = try CatalogFile.read(Array(text.utf8))
        #expect(titles.map(\.title) == ["A, \"B\""] && titles[0].description == "two\nlines" && titles[0].pdfURL == nil)
    }

    @Test func everyBadRowIsReportedWithItsLine() {
        let rows = """
            A,T,en,f,"x
            y",3.2 oz,1,true,
            a b,,en,f,,3,0,yes,ftp://x
            A,T,en,f,,1 oz,1,true,
            B,T,en
            """
        #expect(
            problems(rows) == [
                "/line/4/sku invalid_sku", "/line/4/title required", "/line/4/weight invalid_weight",
                "/line/4/max_quantity out_of_range", "/line/4/available required", "/line/4/pdf_url invalid_url",
                "/line/5/sku duplicate_sku", "/line/6 wrong_field_count",
            ])
    }

    @Test func damagedFilesAreRefused() {
        #expect(problems("\"A,T\n") == ["/line/2 open_quote"])
        #expect(problems("\"A\"x,T,en,f,,1 oz,1,true,\n") == ["/line/2 stray_quote"])
        #expect(throws: InvalidFields.self) { try CatalogFile.read(Array("title,sku\n".utf8)) }
        #expect(throws: InvalidFields.self) { try CatalogFile.read([0xFF, 0xFE]) }
        #expect(throws: InvalidFields.self) { try CatalogFile.read([]) }
    }

    @Test(arguments: 0..<100) func aWrittenFileReadsBackTheSame(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let texts = ["plain", "a,b", "\"q\"", "l1\nl2", "=1+1", "é", "-x", "'"]
        let titles = (0..<5).map { index in
            Title(
                sku: "S-\(index)", title: texts.filter { !$0.contains("\n") }.randomElement(using: &generator)!,
                language: "es", format: "worksheet",
                description: Bool.random(using: &generator) ? texts.randomElement(using: &generator) : nil,
                unitWeight: StatedWeight(millionths: .random(in: 1...9_999_999, using: &generator), unit: .gram),
                maxQuantity: .random(in: 1...1_000_000, using: &generator), available: .random(using: &generator),
                pdfURL: "https://example.org/a.pdf")
        }
        let read = try CatalogFile.read(CatalogFile.write(titles))
        #expect(read == titles, "seed \(seed)")
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
    func aReportNeverStartsAFieldWithAFormula(field: String) {
        #expect(CSV.row([field]).contains("'" + field))
    }

    @Test func aTitleInJSONIsJudgedWhole() throws {
        func read(_ text: String) throws -> Title { try Title.read(JSONReader.read(Array(text.utf8)), sku: "A") }
        let good =
            #"{"title":"T","language":"en","format":"booklet","unit_weight":{"value":3.20,"unit":"oz"},"max_quantity":5,"available":true}"#
        #expect(try read(good).unitWeight.description == "3.2 oz")
        #expect(try read(good.replacing("3.20", with: "1e-06")).unitWeight.description == "0.000001 oz")
        #expect(throws: MalformedRequest.self) { try read(#"{"title":1}"#) }
        do {
            _ = try read(#"{"unit_weight":{"value":1e9,"unit":"oz"},"max_quantity":0}"#)
            Issue.record("accepted")
        } catch let invalid as InvalidFields {
            #expect(
                invalid.problems.map(\.pointer) == [
                    "/title", "/language", "/format", "/unit_weight", "/max_quantity", "/available",
                ])
        }
    }
}
