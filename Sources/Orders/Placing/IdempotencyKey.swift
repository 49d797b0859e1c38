/// What binds a retried request to the order that its first try placed.
package struct IdempotencyKey: Sendable, Hashable {
    /// 1–255 printable ASCII characters, without the quotes it may have come in.
    package let value: String
    /// SHA-256 of the request's canonical meaning (`OrderForm.canonicalBytes`): same key, other digest is a mistake
    /// of the client's.
    package let digest: [UInt8]

    package init(value: String, digest: [UInt8]) {
        self.value = value
        self.digest = digest
    }

    /// How long a key is remembered at least.
    package static let lifetimeDays = 7

    /// Reads the header: bare or in double quotes. Nil when it is not 1–255 printable ASCII characters.
    package static func parse(header: String) -> String? {
        var key = header.utf8[...]
        let quote = UInt8(ascii: "\"")
        if key.count >= 2, key.first == quote, key.last == quote { key = key.dropFirst().dropLast() }
        guard (1...255).contains(key.count), key.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return String(Substring(key))
    }
}
