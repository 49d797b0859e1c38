import Foundation

/// A CIDR range such as `10.0.0.0/8` or `fd00::/8`; an address alone is a range of one.
package struct AddressRange: Sendable, Hashable {
    /// 4 or 16 bytes, zero behind the prefix.
    let bytes: [UInt8]
    let prefixBits: Int

    package static let loopback = ["127.0.0.0/8", "::1/128"].compactMap(AddressRange.init)

    /// Nil unless it is an address with an optional prefix length, and no bit is set behind the prefix: `10.1.0.0/8`
    /// is more likely a slip than a wish.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let bytes = Self.bytes(of: String(parts[0])) else { return nil }
        var bits = bytes.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let given = Int(parts[1]), given <= bits else {
                return nil
            }
            bits = given
        }
        guard Self.masked(bytes, bits) == bytes else { return nil }
        self.bytes = bytes
        prefixBits = bits
    }

    /// True for an address of 4 or 16 bytes within the range.
    func contains(_ address: [UInt8]) -> Bool {
        address.count == bytes.count && Self.masked(address, prefixBits) == bytes
    }

    package func contains(_ other: AddressRange) -> Bool {
        bytes.count == other.bytes.count && prefixBits <= other.prefixBits
            && Self.masked(other.bytes, prefixBits) == bytes
    }

    private static func masked(_ bytes: [UInt8], _ bits: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(8, max(0, bits - index * 8))
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }

    /// 4 or 16 bytes, as the text is written; nil when it is no address.
    static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }
}

extension AddressRange: CustomStringConvertible {
    package var description: String {
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) + "/\(prefixBits)"
    }
}
