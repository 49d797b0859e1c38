extension String {
    /// With each of these ASCII bytes replaced, wherever it stands.
    ///
    /// Swift's own `replacing` looks at characters, and a quote with a combining mark behind it is another character
    /// than a quote. Whoever reads the bytes (a browser, a spreadsheet, SQLite) takes it for one all the same.
    package func replacing(ascii replacements: [UInt8: String]) -> String {
        guard utf8.contains(where: { replacements[$0] != nil }) else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count + 16)
        for byte in utf8 {
            if let replacement = replacements[byte] {
                bytes += replacement.utf8
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Each quotation mark twice, as CSV and SQL want it.
    package var quotesDoubled: String { replacing(ascii: [UInt8(ascii: "\""): "\"\""]) }
}
