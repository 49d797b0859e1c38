import Foundation

/// Whole files in and out, with the system's own reason when it does not work.
enum FileBytes {
    struct Unreadable: Error, Sendable, Equatable {
        let code: Int32
        var reason: String { String(cString: strerror(code)) }
    }

    static func read(_ path: String) throws(Unreadable) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable(code: errno) }
        defer { close(descriptor) }
        return try read(descriptor: descriptor)
    }

    /// To the end of the file, or of the pipe.
    static func read(descriptor: Int32) throws(Unreadable) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Unreadable(code: errno)
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
