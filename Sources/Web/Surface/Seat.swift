import NIOCore
import Synchronization

/// A connection's place among the open ones: whether we wait for its client, or the client for us. Read from any thread.
final class Seat: Sendable {
    let owner: ClientAddress?
    /// What a client is told that cannot stay.
    let refusal: Problem?
    private let channel: any Channel
    /// The loop's time in nanoseconds; zero while the client waits for us.
    private let waiting = Atomic<UInt64>(0)

    init(channel: any Channel, owner: ClientAddress? = nil, refusal: Problem? = nil) {
        self.channel = channel
        self.owner = owner
        self.refusal = refusal
    }

    /// Since when we wait for the client; nil while the client waits for us.
    var waitingSince: UInt64? {
        let since = waiting.load(ordering: .relaxed)
        return since == 0 ? nil : since
    }

    func waits(since time: NIODeadline) { waiting.store(time.uptimeNanoseconds, ordering: .relaxed) }

    /// A request has come whole, or the seat is promised to somebody else.
    func isServed() { waiting.store(0, ordering: .relaxed) }

    /// Closes the connection, unless it has become busy.
    func makeRoom() { channel.pipeline.fireUserInboundEventTriggered(MakeRoom()) }
}

/// Somebody else needs the seat.
struct MakeRoom: Sendable {}
