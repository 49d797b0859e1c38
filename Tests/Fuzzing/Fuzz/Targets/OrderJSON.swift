import Foundation
import Orders

extension FuzzTarget {
    /// The body of `POST /v1/orders`, from bytes to the verdict.
    static let orderJSON = FuzzTarget(
        "order-json",
        seeds: [
            #"{"items":[{"sku":"A","quantity":5},{"sku":"B","quantity":2}],"ship_to":{"name":"Ana","line1":"1 Main St","city":"Springfield","region":"IL","postal_code":"62701","country":"US","phone":null},"email":"reader@example.org","requester_type":"patient","language":"en","notes":"two\nlines"}"#,
            #"{"items":[{"sku":"HEAVY","quantity":30},{"sku":"A","quantity":100}],"ship_to":{"name":"A","line1":"b","city":"c","region":"PR","postal_code":"00901-1234"}}"#,
            #"{"items":[],"ship_to":null}"#, #"[1e3,-0.5,"\ud83d\ude00\u0000",{"a":{"a":[]}},true,null]"#,
        ],
        words: [
            #""items""#, #""sku""#, #""quantity""#, #""ship_to""#, "null", "true", "[[[[[[[[", "{\"a\":", "\\u0000",
            "\\ud800", "\\n", "É", "e\u{301}", "\u{202E}", "\u{2028}", "FF", #""GONE""#, #""HEAVY""#, "\u{FEFF}",
        ]
    ) { bytes in
        guard let json = try? JSONReader.read(bytes) else { return }
        try checkJSON(json, bytes)
        let form: OrderForm
        do {
            form = try OrderForm.read(json)
        } catch let malformed as MalformedRequest {
            try require(!malformed.problems.isEmpty, "malformed, but nothing said")
            return try checkSilence(of: malformed.problems, about: json)
        }
        try require(form.canonicalBytes == OrderForm.read(reversed(json)).canonicalBytes, "order of members matters")
        switch form.validated(against: catalog, rules: rules) {
        case .invalid(let problems):
            try require(!problems.isEmpty, "refused, but nothing said")
            try checkSilence(of: problems, about: json)
        case .accepted(let draft): try checkAccepted(draft)
        case .tooHeavy(let excess): try checkExcess(excess, of: form)
        }
    }

    private static let rules = OrderRules(weightLimit: limit, countries: ["US"])
    private static let limit = StatedWeight(millionths: 20_000_000, unit: .pound)
    private static let catalog = Catalog(
        titles: [
            title("A", "3.2 oz"), title("B", "0.1 lb"), title("HEAVY", "1 lb"), title("GONE", "91 g", available: false),
        ], version: 1)

    private static func title(_ sku: String, _ weight: String, available: Bool = true) -> Title {
        guard let weight = StatedWeight(parsing: weight) else { fatalError("\(weight) is no weight") }
        return Title(
            sku: sku, title: "About \(sku)", language: "en", format: "booklet", description: nil, unitWeight: weight,
            maxQuantity: 100, available: available, pdfURL: nil)
    }

    private static func checkJSON(_ json: JSONValue, _ bytes: [UInt8]) throws {
        var writer = JSONWriter()
        writer.value(json)
        try require((try? JSONReader.read(writer.bytes)) == json, "what was written is not read back")
        // A number that no double holds is none to Foundation.
        guard !bytes.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }), bytes.count < 300 else { return }
        let isForeign = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
        try require(isForeign, "Foundation does not take this for JSON")
    }

    private static func reversed(_ json: JSONValue) -> JSONValue {
        guard case .object(let members) = json else { return json }
        return .object(members.reversed().map { .init(name: $0.name, value: reversed($0.value)) })
    }

    /// No problem repeats what was typed.
    private static func checkSilence(of problems: [FieldProblem], about json: JSONValue) throws {
        for text in strings(in: json) where text.utf8.count >= 24 {
            for problem in problems {
                try require(!problem.detail.contains(text), "a problem's detail repeats what was typed")
                try require(!problem.pointer.contains(text), "a problem's pointer repeats what was typed")
            }
        }
    }

    private static func strings(in json: JSONValue) -> [String] {
        switch json {
        case .string(let text): [text]
        case .array(let values): values.flatMap(strings)
        case .object(let members): members.flatMap { strings(in: $0.value) }
        case .null, .bool, .number: []
        }
    }

    private static func checkAccepted(_ draft: OrderDraft) throws {
        try require(!draft.lines.isEmpty && draft.lines.count <= 100, "accepted with \(draft.lines.count) lines")
        try require(Set(draft.lines.map(\.sku)).count == draft.lines.count, "accepted with one title twice")
        var total = Int128(0)
        for line in draft.lines {
            guard let title = catalog[line.sku] else { throw Violation("accepted a title that does not exist") }
            try require(title.available, "accepted a title that is not available")
            try require((1...title.maxQuantity).contains(line.quantity), "accepted \(line.quantity) copies")
            total += title.unitWeight.millionths * title.unitWeight.unit.quantaPerMillionth * Int128(line.quantity)
        }
        try require(total <= limit.weight.quanta, "accepted beyond the limit")
        for text in [draft.shipTo.name, draft.shipTo.line1, draft.shipTo.city] {
            try require(!text.isEmpty, "accepted without name, street or city")
        }
    }

    private static func checkExcess(_ excess: WeightExcess, of form: OrderForm) throws {
        try require(excess.problems.count == form.items?.count, "not one problem for each line")
        for (index, problem) in excess.problems.enumerated() {
            guard let fits = problem.quantityThatFits else { throw Violation("no quantity that fits") }
            func total(with quantity: Int) -> Int128 {
                (form.items ?? []).enumerated().reduce(0) { sum, item in
                    let unit = catalog[item.element.sku ?? ""]?.unitWeight.weight.quanta ?? 0
                    return sum + unit * Int128(item.offset == index ? quantity : item.element.quantity ?? 0)
                }
            }
            try require(fits == 0 || total(with: fits) <= limit.weight.quanta, "\(fits) copies do not fit")
            try require(fits == 100 || total(with: fits + 1) > limit.weight.quanta, "more than \(fits) copies fit")
        }
    }
}
