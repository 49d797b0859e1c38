import HTTPTypes
import Hummingbird

/// Where requests come from: the peer, or, behind proxies that are trusted, whom they name.
struct ClientAddresses: Sendable {
    private let trusted: [AddressRange]

    init(trustedProxies: [AddressRange]) { trusted = trustedProxies }

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

    /// An IPv4 address in IPv6's clothes is an IPv4 address.
    private static func bytes(of text: String) -> [UInt8]? {
        guard let bytes = AddressRange.bytes(of: text) else { return nil }
        return bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) ? Array(bytes[12...]) : bytes
    }
}
