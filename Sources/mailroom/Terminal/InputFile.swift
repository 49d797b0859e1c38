import Foundation

/// A file that a person named on the command line; `-` is standard input.
enum InputFile {
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        do {
            return path == "-" ? try FileBytes.read(descriptor: STDIN_FILENO) : try FileBytes.read(path)
        } catch {
            let status: SystemExit =
                switch error.code {
                case ENOENT: .noInput
                case EACCES, EPERM: .noPermission
                default: .ioError
                }
            throw Failure(status, "cannot read \(path): \(error.reason)")
        }
    }
}

/// A file that is there whole or not at all: written beside its place, synced, and moved there.
enum OutputFile {
    static let chunkBytes = 65_536

    static func write(
        _ bytes: [UInt8], to path: String, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(Failure) {
        let draft = "\(path).\(getpid()).part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(.cannotCreate, path) }
        var isWritten = false
        defer { if !isWritten { unlink(draft) } }
        do {
            defer { close(descriptor) }
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = rest.prefix(chunkBytes).withUnsafeBytes {
                    Foundation.write(descriptor, $0.baseAddress, $0.count)
                }
                if written < 0, errno != EINTR { throw failure(.ioError, path) }
                rest = rest.dropFirst(max(0, written))
                progress(bytes.count - rest.count, bytes.count)
            }
            guard fsync(descriptor) == 0 else { throw failure(.ioError, path) }
        }
        guard rename(draft, path) == 0 else { throw failure(.cannotCreate, path) }
        isWritten = true
    }

    private static func failure(_ status: SystemExit, _ path: String) -> Failure {
        Failure(
            errno == EACCES || errno == EPERM ? .noPermission : status,
            "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
