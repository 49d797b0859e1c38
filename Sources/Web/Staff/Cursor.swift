import Crypto
import Orders

/// Where the next page of a list starts: opaque to clients, bound to its kind of list, and checked, so that a cut,
/// changed or foreign one is an error instead of a wrong page.
package struct Cursor: Sendable, Hashable {
    package enum List: UInt8, Sendable {
        case orders = 1
        case deliveries = 2
        case updates = 3
    }

    private static let version: UInt8 = 1
    private static let checkBytes = 4

    package let list: List
    /// The key of the last row of the page before.
    let key: Int64

    package init(_ list: List, after key: Int64) {
        self.list = list
        self.key = key
    }

    package init?(_ text: String, of list: List) {
        guard text.utf8.count <= 64, let bytes = Base64URL.decode(text), bytes.count == 10 + Self.checkBytes,
            bytes[0] == Self.version, bytes[1] == list.rawValue
        else { return nil }
        let key = bytes[2..<10].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(list, after: Int64(bitPattern: key))
        guard Self.check(bytes[..<10]) == Array(bytes[10...]) else { return nil }
    }

    package var text: String {
        let key = UInt64(bitPattern: key)
        let content = [Self.version, list.rawValue] + (0..<8).map { UInt8(truncatingIfNeeded: key >> (56 - 8 * $0)) }
        return Base64URL.encode(content + Self.check(content[...]))
    }

    /// Against slips, not against forgers: a cursor opens nothing that its holder may not see anyway.
    private static func check(_ content: ArraySlice<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: Array("mailroom cursor".utf8) + content).prefix(checkBytes))
    }
}
