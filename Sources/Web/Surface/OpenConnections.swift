import NIOCore
import Synchronization

/// The open connections of one door: so many in all, so many from one address.
///
/// Who would be one too many in all gets the place of whoever has kept us waiting longest, between two requests or
/// within one; only when every connection waits for *us* is the newcomer turned away. So a crowd of slow clients cannot
/// keep others out.
final class OpenConnections: Sendable {
    fileprivate struct Register {
        var seats: [ObjectIdentifier: Seat] = [:]
        var countByOwner: [ClientAddress: Int] = [:]
        /// Connections that are told that they cannot stay.
        var refused = 0
    }

    /// A crowd that is turned away is not even told, or telling would be the way to fill us.
    private static let refusedAtMost = 256

    private let limit: Int
    private let limitPerOwner: Int
    private let addresses: ClientAddresses
    private let register = Mutex(Register())

    /// - Parameters:
    ///   - limit: in all; 0 is no limit.
    ///   - limitPerOwner: from one address, except those of trusted proxies, which bring many clients; 0 is no limit.
    init(limit: Int, limitPerOwner: Int, addresses: ClientAddresses) {
        self.limit = limit
        self.limitPerOwner = limitPerOwner
        self.addresses = addresses
    }

    var count: Int { register.withLock { $0.seats.count } }

    /// Gives a connection that was just accepted its seat, until it closes.
    /// - Throws: when it is to be closed without a word.
    func seat(_ channel: any Channel) throws -> Seat {
        let owner = addresses.owner(of: channel.remoteAddress)
        let (seat, leaving) = try register.withLock { register in
            let problem: Problem?
            var leaving: [Seat] = []
            if limitPerOwner > 0, let owner, register.countByOwner[owner, default: 0] >= limitPerOwner {
                problem = .tooManyConnections
            } else if limit > 0, register.seats.count - register.refused >= limit {
                leaving = register.takeLongestWaiting(atMost: max(1, limit / 64))
                problem = leaving.isEmpty ? .unavailable("Too many connections are open. Please try again.") : nil
            } else {
                problem = nil
            }
            guard problem == nil || register.refused < Self.refusedAtMost else { throw TurnedAway() }
            let seat = Seat(channel: channel, owner: owner, refusal: problem)
            // From now on, not from its first event: in a burst nobody would seem to wait, and whoever comes is turned away.
            if problem == nil { seat.waits(since: .now()) }
            register.add(seat)
            return (seat, leaving)
        }
        for seat in leaving { seat.makeRoom() }
        channel.closeFuture.whenComplete { [self] _ in register.withLock { $0.remove(seat) } }
        return seat
    }
}

/// The connection is closed at once: so many are being told already that they cannot stay.
private struct TurnedAway: Error {}

extension OpenConnections.Register {
    fileprivate mutating func add(_ seat: Seat) {
        seats[ObjectIdentifier(seat)] = seat
        if seat.refusal != nil {
            refused += 1
        } else if let owner = seat.owner {
            countByOwner[owner, default: 0] += 1
        }
    }

    fileprivate mutating func remove(_ seat: Seat) {
        guard seats.removeValue(forKey: ObjectIdentifier(seat)) != nil else { return }
        if seat.refusal != nil {
            refused -= 1
        } else if let owner = seat.owner, let count = countByOwner[owner] {
            countByOwner[owner] = count > 1 ? count - 1 : nil
        }
    }

    /// Empty when every connection waits for us. Several at once, so that a crowd of newcomers does not have all seats
    /// looked through for each.
    fileprivate func takeLongestWaiting(atMost count: Int) -> [Seat] {
        let waiting = seats.values.compactMap { seat in
            seat.refusal == nil ? seat.waitingSince.map { (seat: seat, since: $0) } : nil
        }
        let longest = waiting.sorted { $0.since < $1.since }.prefix(count).map(\.seat)
        for seat in longest { seat.isServed() }
        return longest
    }
}
