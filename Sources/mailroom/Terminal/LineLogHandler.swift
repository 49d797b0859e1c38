import Foundation
import Logging
import Orders

/// Writes each record as one line to one write call, so that lines of several threads never mix. Whatever a record
/// holds, it stays one line: control characters are escaped.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable ([UInt8]) -> Void

    init(
        label: String, level: Logger.Level, format: LogFormat, now: @escaping @Sendable () -> Timestamp,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.label = label
        logLevel = level
        self.format = format
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadataProvider?.get() ?? [:]
        fields.merge(metadata) { $1 }
        fields.merge(event.metadata ?? [:]) { $1 }
        let sorted = fields.map { (name: $0.key, value: "\($0.value)") }.sorted { $0.name < $1.name }
        let message = event.message.description
        switch format {
        case .text: write(text(event.level, message, sorted))
        case .json: write(json(event.level, message, sorted))
        }
    }

    private typealias Fields = [(name: String, value: String)]

    private func text(_ level: Logger.Level, _ message: String, _ fields: Fields) -> [UInt8] {
        let name = level.rawValue.uppercased()
        let padded = name + String(repeating: " ", count: max(0, 8 - name.count))
        let tail = fields.map { " \(Self.escaped($0.name))=\(Self.quoted($0.value))" }.joined()
        return Array("\(now()) \(padded) \(label): \(Self.escaped(message))\(tail)\n".utf8)
    }

    private func json(_ level: Logger.Level, _ message: String, _ fields: Fields) -> [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.object {
            $0.field("time", now())
            $0.field("level", level.rawValue)
            $0.field("logger", label)
            $0.field("message", message)
            if !fields.isEmpty {
                $0.object("fields") { json in
                    for field in fields { json.member(field.name) { $0.string(field.value) } }
                }
            }
        }
        // JSON itself allows what some terminals and line readers take for a line's end or a command.
        return Array(Self.escapedBeyondASCII(json.text).utf8) + [0x0A]
    }

    /// Quotes a value that would not read back as one word.
    private static func quoted(_ value: String) -> String {
        let escaped = escaped(value)
        guard value.isEmpty || escaped.utf8.contains(where: { " =\"".utf8.contains($0) }) else { return escaped }
        return "\"" + escaped.replacing(ascii: [UInt8(ascii: "\""): "\\\""]) + "\""
    }

    static func escaped(_ text: String) -> String {
        if isPlain(text) { return text }
        guard text.unicodeScalars.contains(where: isUnsafe) || text.contains("\\") else { return text }
        return text.unicodeScalars.map { scalar in
            if scalar == "\\" { return "\\\\" }
            if scalar == "\n" { return "\\n" }
            return isUnsafe(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }

    /// Nearly every text; then Unicode need not be asked about each letter.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
    }

    private static func escapedBeyondASCII(_ text: String) -> String {
        if isPlain(text) { return text }
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        return text.unicodeScalars.map { scalar in
            guard isUnsafe(scalar) else { return String(scalar) }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }.joined()
    }

    /// Ends a line somewhere, moves a cursor, or turns the direction of writing.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
