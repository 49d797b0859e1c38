/// Turns what people type into what the address rules take: nothing is refused for its looks.
package enum TypedAddress {
    /// `tx`, `Tx.`, `Tex.`, `Texas` and `Tejas` are `TX`; what is no state comes back as it was typed.
    package static func region(_ typed: String) -> String {
        let words = SearchText.words(of: typed)
        let letters = words.joined().uppercased()
        if letters.utf8.count == 2 { return letters }
        return USRegions.code(named: words.joined(separator: " ")) ?? typed
    }

    /// `62701 1234`, `627011234` and `62701–1234` are `62701-1234`.
    package static func postalCode(_ typed: String) -> String {
        let digits = typed.unicodeScalars.filter { (48...57).contains($0.value) }
        let rest = typed.unicodeScalars.filter { !(48...57).contains($0.value) }
        guard rest.allSatisfy({ $0.properties.isWhitespace || $0.properties.isDash || $0 == "." }) else { return typed }
        let text = String(String.UnicodeScalarView(digits))
        switch digits.count {
        case 5: return text
        case 9: return text.prefix(5) + "-" + text.suffix(4)
        default: return typed
        }
    }

    /// True for what is most likely an address in another country: nobody's mistake, so it is told apart.
    package static func isAbroad(region: String, postalCode: String) -> Bool {
        let place = SearchText.words(of: region).joined(separator: " ")
        if abroad.contains(place) { return true }
        // Canada: K1A 0B1.
        let code = postalCode.uppercased().unicodeScalars.filter { !$0.properties.isWhitespace && $0 != "-" }
        return code.count == 6
            && code.enumerated().allSatisfy { index, scalar in
                index % 2 == 0 ? (65...90).contains(scalar.value) : (48...57).contains(scalar.value)
            }
    }

    private static let abroad: Set<String> = [
        "canada", "mexico", "ontario", "quebec", "british columbia", "alberta", "manitoba", "saskatchewan",
        "nova scotia", "new brunswick", "england", "scotland", "united kingdom", "uk", "jalisco", "nuevo leon",
        "ciudad de mexico", "cdmx", "baja california", "cuba", "guatemala", "honduras", "el salvador", "colombia",
        "republica dominicana", "dominican republic", "espana", "spain", "argentina", "peru", "venezuela",
    ]
}

extension USRegions {
    /// The two letters of a state or territory by its name or its old short form, folded as `SearchText` folds.
    static func code(named name: String) -> String? { codes[name] }

    /// A state or territory in full, as the Postal Service writes it: `Illinois` of `IL`.
    package static func name(of code: String) -> String {
        guard let first = names[code]?.split(separator: "|").first else { return code }
        let words = first.split(separator: " ").map { word -> String in
            word == "of" ? "of" : word.prefix(1).uppercased() + String(word.dropFirst())
        }
        return words.joined(separator: " ")
    }

    private static let codes: [String: String] = {
        var codes: [String: String] = [:]
        for (code, names) in names { for name in names.split(separator: "|") { codes[String(name)] = code } }
        return codes
    }()

    private static let names: [String: String] = [
        "AL": "alabama|ala", "AK": "alaska|alas", "AZ": "arizona|ariz", "AR": "arkansas|ark",
        "CA": "california|calif|cal", "CO": "colorado|colo", "CT": "connecticut|conn", "DE": "delaware|del",
        "DC": "district of columbia|washington dc|washington d c|distrito de columbia", "FL": "florida|fla",
        "GA": "georgia", "HI": "hawaii|hawai", "ID": "idaho", "IL": "illinois|ill|ills", "IN": "indiana|ind",
        "IA": "iowa", "KS": "kansas|kan|kans", "KY": "kentucky", "LA": "louisiana|luisiana", "ME": "maine",
        "MD": "maryland", "MA": "massachusetts|mass", "MI": "michigan|mich", "MN": "minnesota|minn",
        "MS": "mississippi|misisipi|miss", "MO": "missouri|misuri", "MT": "montana|mont", "NE": "nebraska|neb|nebr",
        "NV": "nevada|nev", "NH": "new hampshire|nuevo hampshire", "NJ": "new jersey|nueva jersey",
        "NM": "new mexico|nuevo mexico|n mex|new mex", "NY": "new york|nueva york",
        "NC": "north carolina|carolina del norte|n carolina|n car",
        "ND": "north dakota|dakota del norte|n dakota|n dak", "OH": "ohio", "OK": "oklahoma|okla",
        "OR": "oregon|ore|oreg", "PA": "pennsylvania|pensilvania|penn|penna", "RI": "rhode island",
        "SC": "south carolina|carolina del sur|s carolina|s car", "SD": "south dakota|dakota del sur|s dakota|s dak",
        "TN": "tennessee|tenesi|tenn", "TX": "texas|tejas|tex", "UT": "utah", "VT": "vermont", "VA": "virginia",
        "WA": "washington|washington state|wash", "WV": "west virginia|virginia occidental|w virginia|w va",
        "WI": "wisconsin|wis|wisc", "WY": "wyoming|wyo", "PR": "puerto rico", "GU": "guam",
        "VI": "virgin islands|us virgin islands|u s virgin islands|islas virgenes",
        "AS": "american samoa|samoa americana", "MP": "northern mariana islands|islas marianas del norte",
        "AA": "armed forces americas|armed forces the americas",
        "AE": "armed forces europe|armed forces africa|armed forces canada|armed forces middle east",
        "AP": "armed forces pacific",
    ]
}
