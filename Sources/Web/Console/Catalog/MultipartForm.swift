import Foundation
import HTTPTypes
import Hummingbird
import Orders

/// A form that carries a file (`multipart/form-data`, RFC 7578), as browsers send it.
package struct MultipartForm: Sendable {
    package struct Part: Sendable {
        package let name: String
        package let fileName: String?
        package let bytes: [UInt8]
    }

    private static let mostParts = 20

    let parts: [Part]

    init(of request: Request, with bodies: RequestBodies, limitBytes: Int) async throws {
        try RequestBodies.expect("multipart/form-data", of: request)
        guard let boundary = Self.boundary(request.headers[.contentType] ?? "") else { throw Self.malformed }
        let bytes = try await bodies.bytes(of: request, limitBytes: limitBytes)
        guard let parts = Self.parts(bytes, boundary: boundary) else { throw Self.malformed }
        self.parts = parts
    }

    private static let malformed = Problem.malformed("", "invalid_form", "the form is not understood")

    /// The text of a field; nil when there is none, or it is no UTF-8.
    subscript(name: String) -> String? {
        parts.first { $0.name == name }.flatMap { String(validating: $0.bytes, as: UTF8.self) }
    }

    func file(_ name: String) -> [UInt8]? { parts.first { $0.name == name && $0.fileName != nil }?.bytes }

    package static func boundary(_ contentType: String) -> String? {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == "boundary" else { continue }
            let boundary = pair[1].filter { $0 != "\"" && $0 != " " }
            return (1...70).contains(boundary.utf8.count) ? String(boundary) : nil
        }
        return nil
    }

    /// Nil unless every part is whole and the last boundary is there.
    package static func parts(_ bytes: [UInt8], boundary: String) -> [Part]? {
        let line = Array("\r\n--\(boundary)".utf8)
        // The first boundary has no line before it.
        let body = [13, 10] + bytes
        var parts: [Part] = []
        guard var position = find(line, in: body, from: 0) else { return nil }
        while true {
            let start = position + line.count
            if body[start...].starts(with: "--".utf8) { return parts }
            guard parts.count < mostParts, body[start...].starts(with: "\r\n".utf8),
                let end = find(line, in: body, from: start),
                let head = find(Array("\r\n\r\n".utf8), in: body, from: start), head + 2 <= end,
                let part = part(head: body[start..<head], content: body[min(head + 4, end)..<end])
            else { return nil }
            parts.append(part)
            position = end
        }
    }

    private static func part(head: ArraySlice<UInt8>, content: ArraySlice<UInt8>) -> Part? {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let disposition = lines.first(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            let name = parameter("name", of: disposition)
        else { return nil }
        return Part(name: name, fileName: parameter("filename", of: disposition), bytes: Array(content))
    }

    private static func parameter(_ name: String, of line: Substring) -> String? {
        guard let start = line.range(of: "; \(name)=\""), let end = line[start.upperBound...].firstIndex(of: "\"")
        else {
            return nil
        }
        return String(line[start.upperBound..<end])
    }

    /// By the first byte, then the rest: a file of eight megabytes in a few milliseconds.
    private static func find(_ needle: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first, body.count >= needle.count else { return nil }
        return body.withUnsafeBufferPointer { body in
            var index = start
            while index <= body.count - needle.count {
                if body[index] == first && zip(needle, body[index...]).allSatisfy({ $0 == $1 }) { return index }
                index += 1
            }
            return nil
        }
    }
}
