import Foundation

/// The socket by which systemd hears how a service of `Type=notify` is doing: one datagram a message, no library.
struct ServiceManager: Sendable {
    /// The path of `$NOTIFY_SOCKET`; a leading `@` means a name in Linux's abstract namespace.
    private let address: String
    /// How often the watchdog wants to hear of us; nil when there is none, or it is meant for another process.
    let watchdogMilliseconds: Int64?

    /// Nil when nobody listens: started by hand, or by something else.
    init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let address = environment["NOTIFY_SOCKET"], let first = address.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            address.utf8.count <= UnixSocket.longestAddressBytes
        else { return nil }
        self.address = address
        let isForUs = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init)
        watchdogMilliseconds = isForUs ? microseconds.flatMap { $0 > 0 ? $0 / 1000 : nil } : nil
    }

    /// - Parameter lines: such as `READY=1`.
    /// - Returns: whether it was taken. Nothing depends on it: the manager's own time-outs see to the rest.
    @discardableResult
    func tell(_ lines: String...) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(address.utf8)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        if bytes.first == UInt8(ascii: "@") { name.sun_path.0 = 0 }
        // Exactly so long: in the abstract namespace every byte belongs to the name.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let message = Array(lines.joined(separator: "\n").utf8)
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, length) == message.count
            }
        }
    }
}
