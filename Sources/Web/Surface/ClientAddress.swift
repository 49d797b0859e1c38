import Foundation
import HTTPTypes
import Hummingbird

/// Where requests come from: the peer, or, behind proxies that are trusted, whom they name.
struct ClientAddresses: Sendable {
    private let trusted: [Range]

    /// - Parameter proxies: CIDR ranges; what is none is passed over, the settings have refused it before.
    init(trustedProxies proxies: [String]) { trusted = proxies.compactMap { Range($0) } }

    /// The bytes of the client's address; an IPv6 client counts by its /64, which is one household's. Nil when there
    /// is none, as on a Unix socket.
    func address(of request: Request, _ context: WebContext) -> [UInt8]? {
        guard let peer = context.channel.remoteAddress?.ipAddress.flatMap(Self.bytes) else { return nil }
        let client = isTrusted(peer) ? forwarded(request) ?? peer : peer
        return client.count == 16 ? Array(client.prefix(8)) : client
    }

    /// The rightmost address that no trusted proxy has: everything left of it is hearsay.
    private func forwarded(_ request: Request) -> [UInt8]? {
        let hops = request.headers[values: .forwardedFor].flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            guard let address = Self.bytes(of: hop.filter { $0 != " " }) else { return nil }
            if !isTrusted(address) { return address }
        }
        return nil
    }

    private func isTrusted(_ address: [UInt8]) -> Bool { trusted.contains { $0.contains(address) } }

    /// 4 or 16 bytes; an IPv4 address in IPv6's clothes is an IPv4 address.
    private static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        return bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) ? Array(bytes[12...]) : bytes
    }

    private struct Range: Sendable {
        let address: [UInt8]
        let prefixBits: Int

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1)
            guard let first = parts.first, let address = ClientAddresses.bytes(of: String(first)) else { return nil }
            self.address = address
            prefixBits = parts.count == 2 ? Int(parts[1]) ?? -1 : address.count * 8
            guard (0...address.count * 8).contains(prefixBits) else { return nil }
        }

        func contains(_ other: [UInt8]) -> Bool {
            guard other.count == address.count else { return false }
            return zip(address, other).enumerated().allSatisfy { index, pair in
                let kept = min(8, max(0, prefixBits - index * 8))
                return (pair.0 ^ pair.1) & UInt8(truncatingIfNeeded: 0xFF00 >> kept) == 0
            }
        }
    }
}
