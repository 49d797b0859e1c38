import Mustache
import Orders

/// Escapes what stands in a page byte by byte. The library's own way looks at characters: a quotation mark with a
/// combining mark behind it went through unescaped and ended an attribute (found by libFuzzer in the CSV's writer first).
struct PageText: MustacheContentType {
    static let name = "PAGE"

    private static let replacements: [UInt8: String] = [
        UInt8(ascii: "<"): "&lt;", UInt8(ascii: ">"): "&gt;", UInt8(ascii: "&"): "&amp;", UInt8(ascii: "\""): "&quot;",
        UInt8(ascii: "'"): "&#39;",
    ]

    func escapeText(_ text: String) -> String { text.replacing(ascii: Self.replacements) }
}
