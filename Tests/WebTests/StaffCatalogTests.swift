import HTTPTypes
import Orders
import Testing
import Web

/// How staff keep the catalog.
struct StaffCatalogTests {
    private static let header = "sku,title,language,format,description,weight,max_quantity,available,pdf_url"

    @Test func aTitleIsAddedAndThenReplaced() async throws {
        try await Desk.open { desk in
            let body = #"""
                {"title":"Coping","language":"en","format":"booklet","unit_weight":{"value":2.5,"unit":"oz"},
                "max_quantity":50,"available":true}
                """#
            let added = try await desk.staff(.put, "/v1/staff/catalog/NEW-1", body)
            #expect(added.status == 201)
            #expect(added.json["unit_weight"]?["value"] == .number("2.5"))
            let replaced = try await desk.staff(
                .put, "/v1/staff/catalog/NEW-1", body.replacing("Coping", with: "Living"))
            #expect(replaced.status == 200)
            #expect(desk.store.catalog["NEW-1"]?.title == "Living")
        }
    }

    @Test func aTitleThatCannotBeIsRefusedWithEveryProblem() async throws {
        try await Desk.open { desk in
            let answer = try await desk.staff(
                .put, "/v1/staff/catalog/bad%20sku", #"{"unit_weight":{"value":0,"unit":"oz"},"max_quantity":0}"#)
            #expect(answer.status == 422)
            #expect(answer.problem == "invalid-catalog")
            #expect(
                Set(answer.errors) == [
                    "/sku invalid_sku", "/title required", "/language required", "/format required",
                    "/unit_weight invalid_weight", "/max_quantity out_of_range", "/available required",
                ])
            let types = try await desk.staff(.put, "/v1/staff/catalog/A", #"{"title":7,"unit_weight":"3 oz"}"#)
            #expect(types.status == 400)
            #expect(types.errors == ["/title wrong_type", "/unit_weight wrong_type"])
        }
    }

    @Test func anImportIsPreviewedAndThenDone() async throws {
        try await Desk.open { desk in
            let file = """
                \(Self.header)
                A,About A,en,booklet,,3.2 oz,100,true,
                B,About B,en,booklet,,7 oz,50,true,
                NEW,"Coping, well",es,fact sheet,,91 g,10,true,https://www.example.org/x.pdf
                """
            let csv: HTTPFields = [.contentType: "text/csv; charset=utf-8"]
            let result = #""added":["NEW"],"changed":["B"],"unchanged":1}"#
            let unclear = try await desk.staff(.post, "/v1/staff/catalog/import?dry_run=", file, headers: csv)
            #expect(unclear.status == 400 && unclear.errors == ["/dry_run unknown_value"])
            let preview = try await desk.staff(.post, "/v1/staff/catalog/import?dry_run=true", file, headers: csv)
            #expect(preview.body == #"{"dry_run":true,"# + result)
            #expect(desk.store.catalog["NEW"] == nil)
            let done = try await desk.staff(.post, "/v1/staff/catalog/import", file, headers: csv)
            #expect(done.status == 200)
            #expect(done.body == #"{"dry_run":false,"# + result)
            #expect(desk.store.catalog["NEW"]?.title == "Coping, well")
            #expect(desk.store.catalog["HEAVY"] != nil)
            let order = try await desk.place(items: #"[{"sku":"NEW","quantity":1}]"#)
            #expect(try await desk.get("/v1/orders/\(order.number)", headers: order.opened).status == 200)
        }
    }

    @Test func anImportReportsEveryBadRowAndDoesNothing() async throws {
        try await Desk.open { desk in
            let file = """
                \(Self.header)
                NEW,Coping,en,booklet,,heavy,100,true,
                a b,Two,en,booklet,,3 oz,0,maybe,
                """
            let answer = try await desk.staff(
                .post, "/v1/staff/catalog/import", file, headers: [.contentType: "text/csv"])
            #expect(answer.status == 422)
            #expect(answer.problem == "invalid-catalog")
            #expect(
                Set(answer.errors) == [
                    "/line/2/weight invalid_weight", "/line/3/sku invalid_sku", "/line/3/max_quantity out_of_range",
                    "/line/3/available required",
                ])
            #expect(desk.store.catalog["NEW"] == nil)
        }
    }

    @Test func anImportTakesEightMebibytesOfCSVAndNothingElse() async throws {
        try await Desk.open(settings: { $0.importLimitBytes = 100_000 }) { desk in
            let csv: HTTPFields = [.contentType: "text/csv"]
            #expect(try await desk.staff(.post, "/v1/staff/catalog/import", "{}").status == 415)
            let long = Self.header + String(repeating: "\n", count: 70_000)
            #expect(try await desk.staff(.post, "/v1/staff/catalog/import", long, headers: csv).status == 200)
            let tooLong = Self.header + String(repeating: "\n", count: 100_000)
            let answer = try await desk.staff(.post, "/v1/staff/catalog/import", tooLong, headers: csv)
            #expect(answer.status == 413)
        }
        let standard = WebSettings(publicURL: "", rules: OrderRules(weightLimit: Desk.limit, countries: []))
        #expect(standard.importLimitBytes == 8 << 20)
    }

    @Test func theExportIsReadBackToTheSameTitles() async throws {
        try await Desk.open { desk in
            let file = try await desk.staff(.get, "/v1/staff/catalog.csv")
            #expect(file.status == 200)
            #expect(try CatalogFile.read(Array(file.body.utf8)) == desk.store.catalog.titles)
        }
    }

    @Test func placedOrdersNeverChangeWithTheCatalog() async throws {
        try await Desk.open { desk in
            let order = try await desk.place()
            _ = try await desk.store.put([try Desk.title("A", "9 oz")])
            let answer = try await desk.get("/v1/orders/\(order.number)", headers: order.opened)
            #expect(answer.json["total_weight"]?["value"] == .number("1"))
        }
    }
}
