import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders
import SQLiteStore
import TestSupport
import Testing

@testable import Web

/// The interface's description and the router say the same.
@Suite struct InterfaceDocumentTests {
    private let document = InterfaceDocument.shared

    private var described: Set<String> {
        Set(
            (document.value["paths"] ?? .null).members.flatMap { path in
                path.value.members.filter { $0.name != "parameters" }.map { "\($0.name.uppercased()) \(path.name)" }
            })
    }

    private func routed() throws -> [Route] {
        let folder = try TemporaryFolder()
        let path = folder.path + "/orders.db"
        _ = try OrderDatabase.migrate(path: path)
        let store = try OrderDatabase.openReadOnly(path: path)
        let settings = WebSettings(
            publicURL: "https://order.example.org", rules: OrderRules(weightLimit: Desk.limit, countries: ["US"]))
        let parts = WebParts(
            store: store, verifier: WebhookVerifier(secrets: []), settings: settings, clock: FakeClock(),
            logger: Logger(label: "web") { _ in SwiftLogNoOpLogHandler() }, readiness: [])
        defer { withExtendedLifetime(folder) {} }
        return WebRouter.routes(parts)
    }

    /// Both ways: what is not described cannot be used, what is not routed cannot be trusted.
    @Test func everyRouteIsDescribedAndEveryDescriptionIsRouted() throws {
        let routes = Set(try routed().map { "\($0.method.rawValue) \($0.path)" })
        #expect(routes.subtracting(described).sorted() == [])
        #expect(described.subtracting(routes).sorted() == [])
    }

    @Test func aRouteForStaffNamesItsScopeAndAsksForAToken() throws {
        for route in try routed() {
            let operation = document.value["paths"]?[route.path]?[route.method.rawValue.lowercased()] ?? .null
            let schemes = (operation["security"]?.arrayValue ?? []).flatMap { $0.members.map(\.name) }
            let text = operation["description"]?.stringValue ?? ""
            if case .staff(let scope) = route.audience {
                #expect(schemes == ["staffToken"], "\(route.path)")
                #expect(text.hasPrefix("Scope `\(scope.rawValue)`"), "\(route.path)")
            } else {
                #expect(!schemes.contains("staffToken"), "\(route.path)")
            }
        }
    }

    /// The words that programs depend on, from the code itself.
    @Test(arguments: [
        ("OrderStatus", OrderStatus.allCases.map(\.rawValue)), ("OrderFlag", OrderFlag.allCases.map(\.rawValue)),
        ("PackageStatus", PackageStatus.allCases.map(\.rawValue)),
        ("DeliveryState", DeliveryState.allCases.map(\.rawValue)),
        ("RequesterType", RequesterType.allCases.map(\.rawValue)), ("Scope", Scope.allCases.map(\.rawValue)),
        ("StaffRole", StaffRole.allCases.map(\.rawValue)),
    ])
    func aListOfWordsIsTheCodes(name: String, words: [String]) {
        let described = document.value["components"]?["schemas"]?[name]?["enum"]?.arrayValue ?? []
        #expect(described.compactMap(\.stringValue).sorted() == words.sorted())
    }

    @Test func everyReferenceLeadsSomewhere() {
        var references: [String] = []
        func collect(_ value: JSONValue) {
            if let reference = value["$ref"]?.stringValue { references.append(reference) }
            for member in value.members { collect(member.value) }
            for element in value.arrayValue ?? [] { collect(element) }
        }
        collect(document.value)
        #expect(references.count > 100)
        for reference in Set(references) {
            let target = JSONValue.object([.init(name: "$ref", value: .string(reference))])
            #expect(document.resolved(target) != .null, "\(reference)")
        }
    }

    @Test func itIsServedAsYAMLAndAsJSONAndAsAPage() async throws {
        try await Desk.open { desk in
            let yaml = try await desk.get("/openapi.yaml")
            #expect(yaml.headers[.contentType] == "application/yaml")
            #expect(yaml.body == String(decoding: InterfaceDocument.yaml, as: UTF8.self))
            let json = try await desk.get("/openapi.json")
            #expect(json.headers[.contentType] == "application/json")
            #expect(json.json["openapi"]?.stringValue == "3.1.0")
            let page = try await desk.get("/docs")
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
        }
    }

    @Test func thePageNamesEveryOperationAndAsksNobodyElse() {
        let page = ReferencePage.html
        for operation in described {
            #expect(page.contains("<code>\(operation)</code>"), "\(operation)")
        }
        for schema in (document.value["components"]?["schemas"] ?? .null).members {
            #expect(page.contains("id=\"schema-\(schema.name)\""), "\(schema.name)")
        }
        for foreign in ["<script", "src=", "<link", "@import", "url(", "onclick", "style=\""] {
            #expect(!page.contains(foreign), "\(foreign)")
        }
        #expect(page.matches(of: /href="([^"]*)"/).allSatisfy { $0.1.hasPrefix("#") || $0.1.hasPrefix("/") })
    }

    /// An anchor that leads nowhere is a dead end.
    @Test func everyAnchorOfThePageIsThere() {
        let page = ReferencePage.html
        let ids = Set(page.matches(of: /id="([^"]*)"/).map(\.1))
        for link in page.matches(of: /href="#([^"]*)"/) { #expect(ids.contains(link.1), "\(link.1)") }
    }
}
