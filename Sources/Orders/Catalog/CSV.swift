/// Comma-separated values by RFC 4180.
package enum CSV {
    /// One record of a file and the line it starts on (1 is the first).
    struct Record: Equatable {
        let line: Int
        let fields: [String]
    }

    /// One row with its CRLF. A field that a spreadsheet would take for a formula gets an apostrophe in front.
    package static func row(_ fields: [String]) -> String {
        fields.map { quoted(guarded($0)) }.joined(separator: ",") + "\r\n"
    }

    /// A row that our own import reads back to the letter; for files that people edit, not for reports.
    static func exactRow(_ fields: [String]) -> String {
        fields.map(quoted).joined(separator: ",") + "\r\n"
    }

    /// Spreadsheets pass over spaces and quotes before a formula, and some take full-width signs for signs.
    private static func guarded(_ field: String) -> String {
        let first = field.unicodeScalars.first { $0 != " " && $0 != "\u{A0}" && $0 != "\"" && $0 != "'" }
        guard let first, "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first) else { return field }
        return "'" + field
    }

    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return field }
        return "\"" + field.quotesDoubled + "\""
    }

    /// Splits a file into records. Lines end with CRLF, LF or CR; empty lines are skipped; a byte-order mark, as
    /// spreadsheets write it, is dropped.
    /// - Throws: `InvalidFields` when the bytes are not UTF-8, or a quoted field is not closed or goes on after its end.
    static func records(_ bytes: [UInt8]) throws(InvalidFields) -> [Record] {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw InvalidFields(problems: [
                FieldProblem("", "not_utf8", "the file is not UTF-8; save it as \"CSV UTF-8\"")
            ])
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        var splitter = Splitter()
        for byte in body { try splitter.take(byte) }
        return try splitter.finish()
    }

    private struct Splitter {
        private enum Mode { case unquoted, quoted, quoteInQuoted }

        private var records: [Record] = []
        private var fields: [String] = []
        private var field: [UInt8] = []
        private var mode = Mode.unquoted
        private var line = 1
        private var firstLine = 1
        private var previous: UInt8 = 0

        mutating func take(_ byte: UInt8) throws(InvalidFields) {
            defer { previous = byte }
            let breaks = byte == 0x0A && previous != 0x0D || byte == 0x0D
            switch (mode, byte) {
            case (.quoted, 0x22): mode = .quoteInQuoted
            case (.quoted, _): field.append(byte)
            case (.quoteInQuoted, 0x22):
                field.append(byte)
                mode = .quoted
            case (.unquoted, 0x22) where field.isEmpty: mode = .quoted
            case (_, 0x2C): endField()
            case (_, 0x0A), (_, 0x0D):
                if breaks { endRecord() }
            case (.quoteInQuoted, _):
                throw InvalidFields(problems: [
                    FieldProblem("/line/\(line)", "stray_quote", "text follows a closing quote")
                ])
            case (.unquoted, _): field.append(byte)
            }
            if breaks { line += 1 }
            if breaks && mode == .unquoted { firstLine = line }
        }

        private mutating func endField() {
            fields.append(String(decoding: field, as: UTF8.self))
            field = []
            mode = .unquoted
        }

        private mutating func endRecord() {
            endField()
            if fields != [""] { records.append(Record(line: firstLine, fields: fields)) }
            fields = []
        }

        mutating func finish() throws(InvalidFields) -> [Record] {
            guard mode != .quoted else {
                throw InvalidFields(problems: [
                    FieldProblem("/line/\(firstLine)", "open_quote", "a quoted field is not closed")
                ])
            }
            if !field.isEmpty || !fields.isEmpty || mode == .quoteInQuoted { endRecord() }
            return records
        }
    }
}
