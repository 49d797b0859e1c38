import Synchronization

/// Tells whoever listens that something may have become due.
final class HintBoard: Sendable {
    private struct Listeners {
        var next = 0
        var streams: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let listeners = Mutex(Listeners())

    func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = listeners.withLock { listeners in
            listeners.next += 1
            listeners.streams[listeners.next] = continuation
            return listeners.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { listeners in listeners.streams[key] = nil }
        }
        return stream
    }

    func post() {
        for stream in listeners.withLock({ Array($0.streams.values) }) { stream.yield() }
    }

    func finish() {
        for stream in listeners.withLock({ Array($0.streams.values) }) { stream.finish() }
    }
}
