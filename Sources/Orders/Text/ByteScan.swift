/// Looks through bytes eight at a time: nearly every text of an order holds nothing of what is looked for.
enum ByteScan {
    private static let topBits: UInt64 = 0x8080_8080_8080_8080

    /// True when no byte is above 0x7F.
    static func isASCII(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = UnsafeRawBufferPointer(text)
        var index = 0
        while index + 8 <= bytes.count {
            guard word(bytes, at: index) & topBits == 0 else { return false }
            index += 8
        }
        while index < bytes.count {
            guard bytes[index] < 0x80 else { return false }
            index += 1
        }
        return true
    }

    /// Whether a byte is an ASCII control character.
    static func hasControl(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = UnsafeRawBufferPointer(text)
        var index = 0
        while index + 8 <= bytes.count {
            let eight = word(bytes, at: index)
            if below(0x20, eight) | below(0x01, eight ^ each(0x7F)) != 0 { return true }
            index += 8
        }
        while index < bytes.count {
            if bytes[index] < 0x20 || bytes[index] == 0x7F { return true }
            index += 1
        }
        return false
    }

    /// Where a run ends that is the same inside and outside of a JSON string: at the first byte below 0x20, quotation
    /// mark or backslash.
    static func endOfPlainJSON(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let bytes = UnsafeRawBufferPointer(text)
        var index = start
        while index + 8 <= bytes.count, !hasSpecial(word(bytes, at: index)) { index += 8 }
        if index + 4 <= bytes.count, !hasSpecial(half(bytes, at: index)) { index += 4 }
        while index < bytes.count, !isSpecial(bytes[index]) { index += 1 }
        return index
    }

    /// Copies the run that `text` begins with and JSON leaves as it is.
    /// - Parameter room: for as many bytes as `text` has.
    /// - Returns: the run's length.
    static func copyPlainJSON(of text: UnsafeBufferPointer<UInt8>, to room: UnsafeMutablePointer<UInt8>) -> Int {
        let (bytes, copy) = (UnsafeRawBufferPointer(text), UnsafeMutableRawPointer(room))
        var index = 0
        while index + 8 <= bytes.count {
            let eight = word(bytes, at: index)
            if hasSpecial(eight) { break }
            copy.storeBytes(of: eight, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count, !isSpecial(bytes[index]) {
            room[index] = bytes[index]
            index += 1
        }
        return index
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    }

    /// Four bytes, twice.
    private static func half(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt64 {
        UInt64(bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)) &* 0x1_0000_0001
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Whether one of eight bytes is special.
    private static func hasSpecial(_ eight: UInt64) -> Bool {
        let (quotes, backslashes) = (eight ^ each(0x22), eight ^ each(0x5C))
        return below(0x20, eight) | below(0x01, quotes) | below(0x01, backslashes) != 0
    }

    private static func each(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

    /// The top bit of each byte below `bound`, which is at most 0x80; beside those, of none where there is none of them.
    private static func below(_ bound: UInt64, _ bytes: UInt64) -> UInt64 {
        (bytes &- each(bound)) & ~bytes & topBits
    }
}

extension String {
    /// True when no Unicode table is needed to know its characters.
    package var isASCII: Bool {
        utf8.withContiguousStorageIfAvailable(ByteScan.isASCII) ?? utf8.allSatisfy { $0 < 0x80 }
    }

    /// True when one of the characters is an ASCII control character; those beyond ASCII are not looked for.
    var hasASCIIControl: Bool {
        utf8.withContiguousStorageIfAvailable(ByteScan.hasControl) ?? utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }
}
