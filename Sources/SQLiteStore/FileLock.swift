import Foundation

/// The right to write one database file: an advisory lock on `<file>.lock`, freed by the system when the process ends.
///
/// A file of its own, because opening and closing the database itself with a descriptor of ours would drop SQLite's
/// own locks for the whole process.
struct FileLock: ~Copyable, Sendable {
    private let descriptor: Int32

    init(beside path: String) throws(OpenError) {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            if code == EACCES || code == EROFS { throw .readOnlyFile }
            throw .cannotOpen(reason: "the lock file beside it: \(String(cString: strerror(code)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.processID(in: descriptor)
            close(descriptor)
            throw .locked(holder: holder)
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, text, text.count, 0)
        self.descriptor = descriptor
    }

    /// The file stays: removing it would let two processes lock two files of one name.
    /// Unlocked first: a child that is being started shares the descriptor until it runs its own program.
    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func processID(in descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count], as: UTF8.self).filter(\.isNumber))
    }
}
