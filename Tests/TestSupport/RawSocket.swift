import Foundation
import Synchronization

/// A client's connection as bytes, for what no HTTP client would send.
package final class RawSocket: Sendable {
    private static let patienceSeconds: Int32 = 120
    private let descriptor: Int32
    private let isClosed = Mutex(false)

    package struct CannotConnect: Error {
        package let reason: String
    }

    /// - Parameters:
    ///   - host: an IPv4 address to connect to.
    ///   - from: an IPv4 address to come from; any of 127.0.0.0/8 is ours.
    ///   - receiveBufferBytes: how much the system takes in before somebody reads.
    package init(
        port: Int, host: String = "127.0.0.1", from: String? = nil, receiveBufferBytes: Int32? = nil
    ) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if var bytes = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        // What never comes fails the test instead of hanging it. Twenty seconds were too few under the address sanitizer.
        var patience = timeval(tv_sec: Int(Self.patienceSeconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if let from { _ = Self.with(from, 0) { bind(descriptor, $0, $1) } }
        guard Self.with(host, port, { connect(descriptor, $0, $1) }) == 0 else {
            let reason = String(cString: strerror(errno))
            Foundation.close(descriptor)
            isClosed.withLock { $0 = true }
            throw CannotConnect(reason: reason)
        }
    }

    private static func with(
        _ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close() }

    package func send(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends on a thread of its own, since the other side may not take it all.
    package func send(bytes: [UInt8]) async {
        await onItsOwnThread { [self] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Everything until the server closes.
    package func rest() async -> String { await read { _ in false } }

    /// Everything until this has come, or the server closes.
    package func read(until end: String) async -> String { await read { $0.hasSuffix(end) || $0.contains(end) } }

    private func read(until isEnough: @escaping @Sendable (String) -> Bool) async -> String {
        await onItsOwnThread { [descriptor] in
            var answer: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = Foundation.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                answer += buffer[..<count]
                if isEnough(String(decoding: answer, as: UTF8.self)) { break }
            }
            return String(decoding: answer, as: UTF8.self)
        }
    }

    /// Waits, without reading, until the server has reset the connection; false if it never does.
    package func isReset() async -> Bool {
        await onItsOwnThread { [descriptor] in
            var watched = pollfd(fd: descriptor, events: 0, revents: 0)
            let came = poll(&watched, 1, Self.patienceSeconds * 1000)
            return came == 1 && watched.revents & Int16(POLLERR | POLLHUP) != 0
        }
    }

    /// Says that nothing more is sent, and still listens.
    package func halfClose() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func close() {
        isClosed.withLock { isClosed in
            if !isClosed { Foundation.close(descriptor) }
            isClosed = true
        }
    }

    /// Hangs up with an RST.
    package func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private func onItsOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            // Not one of Dispatch's, of which there are 64 at most, and the service under test works on them too.
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}
