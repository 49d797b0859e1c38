import Orders

/// A number that two orders share when they send the same items to the same address, however it was typed.
enum Fingerprint {
    /// How long two such orders count as a possible duplicate.
    static let windowSeconds: Int64 = 24 * 3600

    /// FNV-1a: stable from run to run and release to release, unlike Swift's own hash.
    static func of(_ order: Order) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        let address = order.shipTo
        let fields = [
            address.line1, address.line2 ?? "", address.city, address.region, String(address.postalCode.prefix(5)),
            address.country,
        ]
        for field in fields {
            folded(field, add)
            add(0)
        }
        for line in order.lines.sorted(by: { $0.sku < $1.sku }) {
            line.sku.utf8.forEach(add)
            add(0)
            String(line.quantity).utf8.forEach(add)
            add(0)
        }
        return Int64(bitPattern: hash)
    }

    /// Letters and digits only, without case. What `SearchText` does, faster for ASCII.
    private static func folded(_ text: String, _ add: (UInt8) -> Void) {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            return SearchText.words(of: text).forEach { $0.utf8.forEach(add) }
        }
        for byte in text.utf8 {
            switch byte {
            case 48...57, 97...122: add(byte)
            case 65...90: add(byte | 0x20)
            default: break
            }
        }
    }
}
