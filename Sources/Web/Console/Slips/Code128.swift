/// A Code 128 barcode of digits, in set C: two digits to a symbol (ISO/IEC 15417).
///
/// A symbol is 11 modules wide, three bars and three spaces; the stop has 13. The check symbol is the start and each
/// symbol times its place, modulo 103.
struct Code128: Sendable, Hashable {
    private static let startC = 105
    private static let stop = 106
    /// Scanners need this much white on either side, in modules.
    static let quietModules = 10

    /// Widths in modules, bar first, of all that is drawn.
    let widths: [Int]

    /// Nil unless it is an even number of ASCII digits.
    init?(digits: String) {
        let bytes = Array(digits.utf8)
        guard !bytes.isEmpty, bytes.count.isMultiple(of: 2), bytes.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        var symbols = [Self.startC]
        for index in stride(from: 0, to: bytes.count, by: 2) {
            symbols.append(Int(bytes[index] - 48) * 10 + Int(bytes[index + 1] - 48))
        }
        var sum = Self.startC
        for (place, symbol) in symbols.enumerated() { sum += place * symbol }
        symbols += [sum % 103, Self.stop]
        widths = symbols.flatMap { symbol in Self.patterns[symbol].utf8.map { Int($0 - 48) } }
    }

    /// In modules, quiet zones included.
    var width: Int { widths.reduce(0, +) + 2 * Self.quietModules }

    /// The bars as one SVG path in whole modules, `height` high.
    func path(height: Int) -> String {
        var x = Self.quietModules
        var path = ""
        for (index, width) in widths.enumerated() {
            if index.isMultiple(of: 2) { path += "M\(x) 0h\(width)v\(height)h-\(width)z" }
            x += width
        }
        return path
    }

    /// By symbol value, 0–106.
    static let patterns = [
        "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
        "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
        "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
        "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
        "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
        "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
        "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
        "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
        "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
        "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
    ]
}
