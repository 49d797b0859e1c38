/// Columns for people, as wide as their widest cell; the last one runs on.
struct TextTable: Sendable {
    let headings: [String]
    let rows: [[String]]
    /// Columns that give way when there is little room, the first of them first; the others are never cut.
    var elastic: [Int] = []

    /// Ends with a line break.
    var text: String { text(width: nil) }

    /// - Parameter width: how many columns there are; nil for as many as it takes.
    func text(width: Int?) -> String {
        let all = [headings.map { $0.uppercased() }] + rows.map { $0.map(Self.printable) }
        let widths = widths(of: all, within: width)
        return all.map { row in
            let cells = row.enumerated().map { index, cell in
                let shown = elastic.contains(index) ? Self.cut(cell, to: widths[index]) : cell
                let gap = String(repeating: " ", count: max(0, widths[index] - shown.count))
                return index == row.count - 1 ? shown : shown + gap
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    private static let least = 6

    private func widths(of all: [[String]], within width: Int?) -> [Int] {
        var widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        guard let width else { return widths }
        for column in elastic {
            let excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
            guard excess > 0 else { break }
            widths[column] = max(min(widths[column], Self.least), widths[column] - excess)
        }
        return widths
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
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
