import Foundation

/// Asks for a password: on the terminal, unseen and twice; else it is the first line of standard input.
enum PasswordPrompt {
    static func read() throws(Failure) -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            let bytes: [UInt8]
            do {
                bytes = try FileBytes.read(descriptor: STDIN_FILENO)
            } catch {
                throw Failure(.ioError, "cannot read the password from standard input: \(error.reason)")
            }
            let line = String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
            guard !line.isEmpty else {
                throw Failure(.dataError, "there is no password on standard input; give one, or use --generate")
            }
            return line
        }
        let first = try ask("Password: ")
        guard try ask("The same again: ") == first else {
            throw Failure(.dataError, "the two passwords are not the same; nothing was changed")
        }
        return first
    }

    /// One line, with the terminal's echo off meanwhile, whatever happens.
    private static func ask(_ question: String) throws(Failure) -> String {
        Terminal.writeToStandardError(Array(question.utf8))
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw Failure(.ioError, "the terminal cannot be asked; pipe the password in")
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw Failure(.ioError, "the terminal's echo cannot be turned off; pipe the password in")
        }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            Terminal.writeToStandardError([0x0A])
        }
        return readLine(strippingNewline: true) ?? ""
    }
}
