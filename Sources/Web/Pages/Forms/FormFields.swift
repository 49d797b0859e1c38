import HTTPTypes
import Hummingbird

/// A form as a browser posts it (`application/x-www-form-urlencoded`): names and values in the page's order, decoded.
package struct FormFields: Sendable {
    /// More is nobody's form.
    private static let mostFields = 1000

    private let pairs: [(name: String, value: String)]

    /// - Throws: unsupported media type, content too large (`http`'s limit for bodies), or a malformed request.
    init(of request: Request, with bodies: RequestBodies) async throws {
        try RequestBodies.expect("application/x-www-form-urlencoded", of: request)
        try self.init(try await bodies.bytes(of: request))
    }

    /// - Throws: `Problem` of a malformed request.
    package init(_ bytes: [UInt8]) throws {
        let fields = bytes.split(separator: UInt8(ascii: "&"))
        guard fields.count <= Self.mostFields else {
            throw Problem.malformed("", "too_many_fields", "a form has at most \(Self.mostFields) fields")
        }
        pairs = try fields.map { field in
            let parts = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = Self.decode(parts.count == 2 ? parts[1] : []) else {
                throw Problem.malformed("", "invalid_form", "the form holds an escape that is not UTF-8")
            }
            return (name, value)
        }
    }

    /// What was typed, white space and all; the first when the name came more than once, nil when it did not come.
    package subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    package func all(_ name: String) -> [String] { pairs.lazy.filter { $0.name == name }.map(\.value) }

    /// The rest of the names that begin with `prefix`, with their values: `copies.A` for `copies.`.
    func named(_ prefix: String) -> [(name: String, value: String)] {
        pairs.compactMap { pair in
            pair.name.hasPrefix(prefix) ? (String(pair.name.dropFirst(prefix.count)), pair.value) : nil
        }
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return QueryParameters.decode(text[...])
    }
}
