import Orders

/// What `config show` prints: every setting's effective value and where it came from, secrets masked.
struct SettingsReport: Sendable {
    struct Line: Sendable, Equatable {
        let key: String
        /// Nil when it has no default and nobody set it.
        let value: String?
        let origin: String
    }

    let lines: [Line]

    init(_ values: SettingValues) {
        lines = KnownSettings.rows.map { row in
            guard let value = values.values[row.key] else {
                return Line(key: row.key, value: nil, origin: "not set")
            }
            return Line(
                key: row.key, value: row.isSecret ? Self.mask(value.text) : value.text,
                origin: value.origin.description)
        }
    }

    /// Nothing of the secrets but how many there are.
    private static func mask(_ text: String) -> String {
        let count = text.split(separator: ",").count
        return count == 1 ? "(1 secret, masked)" : "(\(count) secrets, masked)"
    }

    var text: String {
        TextTable(
            headings: ["setting", "value", "from"], rows: lines.map { [$0.key, $0.value ?? "–", $0.origin] }
        ).text
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("settings", lines) { line, json in
                json.object {
                    $0.field("key", line.key)
                    $0.field("value", line.value)
                    $0.field("origin", line.origin)
                    $0.field("is_secret", KnownSettings.row(line.key)?.isSecret ?? false)
                }
            }
        }
    }
}
