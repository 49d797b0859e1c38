import Foundation
import NIOCore

/// A client as it is counted: an IPv4 address, or the /64 of an IPv6 one, which is one household's. Small, since a
/// flood brings many.
struct ClientAddress: Hashable, Sendable {
    private let bits: UInt64
    private let isIPv6: Bool

    /// - Parameter bytes: the 4 or 16 bytes of an address; one of IPv4 in IPv6's clothes counts as what it is.
    init?(_ bytes: [UInt8]) {
        let bytes = Self.undressed(bytes)
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        isIPv6 = bytes.count == 16
        bits = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Nil for a Unix socket, which has no address.
    static func bytes(of address: SocketAddress?) -> [UInt8]? {
        switch address {
        case .v4(let four): withUnsafeBytes(of: four.address.sin_addr) { Array($0) }
        case .v6(let six): undressed(withUnsafeBytes(of: six.address.sin6_addr) { Array($0) })
        default: nil
        }
    }

    private static let clothes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    static func undressed(_ bytes: [UInt8]) -> [UInt8] {
        bytes.count == 16 && bytes.starts(with: clothes) ? Array(bytes[12...]) : bytes
    }
}
