import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// Takes in bodies: their type and their size. The time they may take is the connection's business (`Patience`).
struct RequestBodies: Sendable {
    let limitBytes: Int

    init(_ parts: WebParts) { limitBytes = parts.settings.bodyLimitBytes }

    /// The JSON of a body that must be there.
    func json(of request: Request) async throws -> JSONValue {
        try Self.expect("application/json", of: request)
        return try parse(try await bytes(of: request))
    }

    /// The JSON of a body that may be left out; nil then.
    func optionalJSON(of request: Request) async throws -> JSONValue? {
        let bytes = try await bytes(of: request)
        guard !bytes.isEmpty else { return nil }
        try Self.expect("application/json", of: request)
        return try parse(bytes)
    }

    private func parse(_ bytes: [UInt8]) throws -> JSONValue {
        do {
            return try JSONReader.read(bytes)
        } catch {
            throw Problem.malformed("", "invalid_json", "not JSON at byte \(error.offset): \(error.reason)")
        }
    }

    /// The whole body as it came. What is announced is believed only to refuse it: memory is taken for what came.
    func bytes(of request: Request, limitBytes: Int? = nil) async throws -> [UInt8] {
        let limitBytes = limitBytes ?? self.limitBytes
        // One that is too large for a number is too large for any limit.
        let announced = request.headers.value(of: .contentLength).map { Int($0) ?? .max }
        if let announced, announced > limitBytes { throw Self.tooLarge(limitBytes) }
        var bytes: [UInt8] = []
        do {
            for try await piece in request.body {
                guard bytes.count + piece.readableBytes <= limitBytes else { throw Self.tooLarge(limitBytes) }
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Self.cutShort
        }
        if let announced, announced != bytes.count { throw Self.cutShort }
        return bytes
    }

    /// - Throws: unsupported media type, unless the body is of `mediaType`, whatever its parameters.
    static func expect(_ mediaType: String, of request: Request) throws {
        guard let given = request.headers.value(of: .contentType), names(mediaType, given) else {
            throw Problem(.unsupportedMediaType, "Send the body as \(mediaType).")
        }
        if let encoding = request.headers.value(of: .contentEncoding), encoding.lowercased() != "identity" {
            throw Problem(.unsupportedMediaType, "Send the body as it is, not compressed.")
        }
    }

    /// Whether a `Content-Type` names this media type, in any case, with whatever parameters.
    private static func names(_ mediaType: String, _ header: String) -> Bool {
        if header == mediaType { return true }
        let name = header.utf8.prefix { $0 != UInt8(ascii: ";") }.drop { $0 == UInt8(ascii: " ") }
            .prefix { $0 != UInt8(ascii: " ") }
        return name.elementsEqual(mediaType.utf8) || Substring(name).lowercased() == mediaType
    }

    private static func tooLarge(_ limitBytes: Int) -> Problem {
        Problem(.contentTooLarge, "The body may have at most \(limitBytes) bytes.")
    }

    /// The client hung up, or its framing is broken; a part of a body is never taken for the whole.
    private static let cutShort = Problem.malformed("", "incomplete_body", "the body ended before it was complete")
}

extension HTTPFields {
    /// What the subscript says, for a tenth of its cost when the field comes once.
    fileprivate func value(of name: HTTPField.Name) -> String? {
        var found: String?
        for field in self where field.name == name {
            if found != nil { return self[name] }
            found = field.value
        }
        return found
    }
}
