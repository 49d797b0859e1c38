import Foundation
import Orders

/// The program's two ends: results on stdout, everything else on stderr.
enum Terminal {
    /// A broken pipe or a full disk must not pass for success.
    /// - Throws: `Failure` with `ioError`.
    static func print(_ text: String) throws(Failure) { try print(Array(text.utf8)) }

    static func print(_ bytes: [UInt8]) throws(Failure) {
        guard writeAll(bytes, to: STDOUT_FILENO) else {
            throw Failure(.ioError, "cannot write to standard output: \(String(cString: strerror(errno)))")
        }
    }

    /// Writes one JSON value and a line break.
    static func print(_ write: (inout JSONWriter) -> Void) throws(Failure) {
        var json = JSONWriter()
        write(&json)
        try print(json.bytes + [0x0A])
    }

    /// Best effort: there is nowhere left to complain.
    static func warn(_ text: String) { writeToStandardError(Array((text + "\n").utf8)) }

    @Sendable static func writeToStandardError(_ bytes: [UInt8]) { _ = writeAll(bytes, to: STDERR_FILENO) }

    /// A question, on stderr: what is asked is not part of the result.
    static func prompt(_ text: String) { writeToStandardError(Array(text.utf8)) }

    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(written)
        }
        return true
    }
}
