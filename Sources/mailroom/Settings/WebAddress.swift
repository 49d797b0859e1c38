import Foundation
import Web

/// An http or https URL with a host and without a user, password or fragment.
struct WebAddress: Sendable {
    let scheme: String
    let host: String
    private let parts: URLComponents

    init?(_ text: String) {
        guard !text.contains(where: \.isWhitespace), let parts = URLComponents(string: text),
            let scheme = parts.scheme, scheme == "https" || scheme == "http",
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.port.map({ (1...65535).contains($0) }) ?? true
        else { return nil }
        self.scheme = scheme
        self.host = host
        self.parts = parts
    }

    /// Plain http is only for talking to oneself.
    var isSecureOrLoopback: Bool { scheme == "https" || isLoopback }

    var isLoopback: Bool {
        if host == "localhost" { return true }
        let address = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        guard let one = AddressRange(address) else { return false }
        return AddressRange.loopback.contains { $0.contains(one) }
    }

    /// Scheme, host and port only.
    var isOrigin: Bool { parts.path.isEmpty && parts.query == nil }
}
