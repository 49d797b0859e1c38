/// A bar on stderr for work that takes a while; silent unless a person watches.
struct ProgressBar: Sendable {
    private let title: String
    private let isShown: Bool
    private let write: @Sendable ([UInt8]) -> Void
    private var lastText = ""

    init(
        _ title: String, isShown: Bool = Terminal.errorIsTerminal,
        write: @escaping @Sendable ([UInt8]) -> Void = Terminal.writeToStandardError
    ) {
        self.title = title
        self.isShown = isShown
        self.write = write
    }

    static let width = 30

    mutating func show(_ done: Int, of total: Int) {
        guard isShown else { return }
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
        let text = "\r\(title) [\(bar)] \(Int(share * 100)) %"
        guard text != lastText else { return }
        lastText = text
        write(Array(text.utf8))
    }

    mutating func finish() {
        guard isShown, !lastText.isEmpty else { return }
        lastText = ""
        write(Array("\r\u{1B}[K".utf8))
    }
}
