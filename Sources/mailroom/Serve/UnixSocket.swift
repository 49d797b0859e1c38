import Foundation

/// The socket beside the database, through which commands reach the server that holds the file.
struct UnixSocket: Sendable, Hashable {
    /// What NIO accepts; the address of the system holds four more.
    static let longestAddressBytes = 103

    let path: String
    /// What it is bound to and connected to by: the path, or a shorter way to the same file.
    let address: String

    /// - Throws: when the file's name alone is longer than a socket's address can be, or its folder cannot be opened.
    init(besideDatabase databasePath: String) throws(Failure) {
        path = databasePath + ".sock"
        if path.utf8.count <= Self.longestAddressBytes {
            address = path
            return
        }
        let url = URL(fileURLWithPath: path)
        // Stays open with the process, which holds one or two of them.
        let folder = open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        address = "/proc/self/fd/\(folder)/\(url.lastPathComponent)"
        guard folder >= 0, address.utf8.count <= Self.longestAddressBytes else {
            throw Failure(
                .configuration,
                "the socket beside the database cannot have its path: that is longer than \(Self.longestAddressBytes) "
                    + "bytes, and its folder cannot be opened or the file's name is too long; give database.url a shorter one"
            )
        }
    }

    /// True when a server accepts connections now; false when there is no socket, or one that a dead server left.
    var isAnswered: Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: self.address.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    /// Removes what a dead server left. Call only while holding the database's lock: then no living server owns it.
    func removeStale() throws(Failure) {
        guard unlink(path) != 0, errno != ENOENT else { return }
        throw Failure(.cannotCreate, "cannot remove the old socket \(path): \(String(cString: strerror(errno)))")
    }

    /// From now on this process makes files and sockets that only their owner may read, write or connect to: the
    /// database holds addresses, and whoever reaches the socket is an administrator. There is no moment between bind
    /// and chmod in which another could slip in. Directories cannot be made under it.
    static func makeFilesPrivate() { umask(0o177) }
}
