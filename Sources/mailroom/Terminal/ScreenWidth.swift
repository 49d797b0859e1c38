import Foundation

/// How many columns there are to write in.
enum ScreenWidth {
    /// Nil when standard output is no terminal: then nothing is cut, for a program may read it. `COLUMNS` overrides.
    static var ofOutput: Int? {
        if let text = ProcessInfo.processInfo.environment["COLUMNS"], let width = Int(text), width > 0 { return width }
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }
}
