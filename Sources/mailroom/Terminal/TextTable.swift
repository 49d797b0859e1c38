/// Columns for people, as wide as their widest cell; the last one runs on.
struct TextTable: Sendable {
    let headings: [String]
    let rows: [[String]]

    /// Ends with a line break.
    var text: String {
        let all = [headings.map { $0.uppercased() }] + rows.map { $0.map(Self.printable) }
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// What people typed may hold characters that move a terminal's cursor.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: " "
                    default: scalar
                    }
                }))
    }
}
