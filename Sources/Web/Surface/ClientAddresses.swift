import HTTPTypes
import Hummingbird
import NIOCore

/// Where requests come from: the peer, or, behind proxies that are trusted, whom they name.
struct ClientAddresses: Sendable {
    private let trusted: [AddressRange]

    init(trustedProxies: [AddressRange]) { trusted = trustedProxies }

    /// Nil when the client has no address, as on a Unix socket.
    func address(of request: Request, _ context: WebContext) -> ClientAddress? {
        address(of: request.headers, from: context.channel.remoteAddress)
    }

    func address(of headers: HTTPFields, from peer: SocketAddress?) -> ClientAddress? {
        guard let peer = ClientAddress.bytes(of: peer) else { return nil }
        return ClientAddress(isTrusted(peer) ? named(in: headers) ?? peer : peer)
    }

    /// The peer, unless it is a proxy that is trusted: then the connection is nobody's in particular.
    func owner(of peer: SocketAddress?) -> ClientAddress? {
        guard let peer = ClientAddress.bytes(of: peer), !isTrusted(peer) else { return nil }
        return ClientAddress(peer)
    }

    /// The rightmost address that no trusted proxy has: everything left of it is hearsay, and not even looked at. Nil
    /// when there is none, or something else stands in its place: then the proxy counts as the client.
    private func named(in headers: HTTPFields) -> [UInt8]? {
        for line in headers[values: .forwardedFor].reversed() {
            var rest = line.utf8[...]
            while true {
                let comma = rest.lastIndex(of: UInt8(ascii: ","))
                let hop = rest[(comma.map { rest.index(after: $0) } ?? rest.startIndex)...]
                guard let address = Self.bytes(of: Substring(hop)) else { return nil }
                if !isTrusted(address) { return address }
                guard let comma else { break }
                rest = rest[..<comma]
            }
        }
        return nil
    }

    private func isTrusted(_ address: [UInt8]) -> Bool { trusted.contains { $0.contains(address) } }

    /// An address, with the port that some proxies add: `203.0.113.7:4711`, `[2001:db8::1]:4711`.
    private static func bytes(of hop: Substring) -> [UInt8]? {
        guard hop.utf8.count <= 64 else { return nil }
        var text = hop.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else { return nil }
            text = text[text.index(after: text.startIndex)..<end]
        } else if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon {
            guard isPort(text[colon...]) else { return nil }
            text = text[..<colon]
        }
        return AddressRange.bytes(of: String(text)).map(ClientAddress.undressed)
    }

    /// Nothing, or a colon and up to five digits.
    private static func isPort(_ text: Substring) -> Bool {
        guard let colon = text.first else { return true }
        let digits = text.dropFirst().utf8
        return colon == ":" && (1...5).contains(digits.count) && digits.allSatisfy { (48...57).contains($0) }
    }
}
