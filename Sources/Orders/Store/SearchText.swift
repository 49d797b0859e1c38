import Foundation

/// How text is folded for search: what is indexed and what is typed go through the same function.
package enum SearchText {
    /// The words of a text, without case, accents or punctuation: `Zoë O’Hara-Lee` is `zoe ohara lee`.
    package static func words(of text: String) -> [String] {
        if text.isASCII {
            var text = text
            return text.withUTF8(asciiWords)
        }
        var words: [String] = []
        var word = ""
        for scalar in folded(text).unicodeScalars {
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                word.unicodeScalars.append(scalar)
            } else if scalar == "'" || scalar == "\u{2019}" {
                continue
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// The same without Unicode's tables.
    private static func asciiWords(of text: UnsafeBufferPointer<UInt8>) -> [String] {
        var words: [String] = []
        words.reserveCapacity(4)
        var word = ByteWriter(reserving: text.count)
        func end() {
            if word.count > 0 { words.append(word.text) }
            word.removeAll()
        }
        for byte in text {
            switch byte {
            case 48...57, 97...122: word.append(byte)
            case 65...90: word.append(byte | 0x20)
            case UInt8(ascii: "'"): continue
            default: end()
            }
        }
        end()
        return words
    }

    /// Lower case, without marks.
    private static func folded(_ text: String) -> String {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
            .lowercased()
    }
}
