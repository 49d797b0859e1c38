import Orders

/// A number that two orders share when they send the same items to the same address, however it was typed.
enum Fingerprint {
    /// How long two such orders count as a possible duplicate.
    static let windowSeconds: Int64 = 24 * 3600

    static func of(_ order: Order) -> Int64 {
        var hash = FNV()
        let address = order.shipTo
        hash.addFolded(address.line1)
        hash.addFolded(address.line2 ?? "")
        hash.addFolded(address.city)
        hash.addFolded(address.region)
        hash.addFolded(String(address.postalCode.prefix(5)))
        hash.addFolded(address.country)
        for line in order.lines.sorted(by: { $0.sku < $1.sku }) {
            line.sku.utf8.forEach { hash.add($0) }
            hash.add(0)
            String(line.quantity).utf8.forEach { hash.add($0) }
            hash.add(0)
        }
        return Int64(bitPattern: hash.value)
    }
}

/// FNV-1a: stable from run to run and release to release, unlike Swift's own hash.
private struct FNV {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    /// Letters and digits only, without case, and an end. What `SearchText` does, faster for ASCII.
    mutating func addFolded(_ text: String) {
        if text.isASCII {
            for byte in text.utf8 {
                switch byte {
                case 48...57, 97...122: add(byte)
                case 65...90: add(byte | 0x20)
                default: break
                }
            }
        } else {
            for word in SearchText.words(of: text) { word.utf8.forEach { add($0) } }
        }
        add(0)
    }
}
