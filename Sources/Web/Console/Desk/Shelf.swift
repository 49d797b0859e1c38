import Orders
import Synchronization

/// Things put away for one session under a short key, so that they need not sit in an address: search terms, reports
/// of what a bulk action did, a catalog file that waits for its confirmation.
///
/// Kept in memory and nowhere else: names and e-mails that were searched for are never on the disk, and are gone with
/// the process. The oldest go first.
final class Shelf<Item: Sendable>: Sendable {
    private struct Place {
        let owner: [UInt8]
        let key: String
        let item: Item
    }

    private let perOwner: Int
    private let inAll: Int
    private let places = Mutex<[Place]>([])

    init(perOwner: Int, inAll: Int) {
        self.perOwner = perOwner
        self.inAll = inAll
    }

    /// - Parameter owner: the session's hash: nobody else's key opens it.
    func put(_ item: Item, for owner: [UInt8]) -> String {
        let key = String(UInt64.random(in: 0..<1 << 40), radix: 36)
        places.withLock { places in
            places.append(Place(owner: owner, key: key, item: item))
            let mine = places.indices.filter { places[$0].owner == owner }
            if mine.count > perOwner, let oldest = mine.first { places.remove(at: oldest) }
            if places.count > inAll { places.removeFirst() }
        }
        return key
    }

    func item(_ key: String, for owner: [UInt8]) -> Item? {
        places.withLock { $0.last { $0.key == key && $0.owner == owner }?.item }
    }

    /// The owner's latest.
    func last(for owner: [UInt8]) -> Item? { places.withLock { $0.last { $0.owner == owner }?.item } }

    func remove(_ key: String, for owner: [UInt8]) {
        places.withLock { $0.removeAll { $0.key == key && $0.owner == owner } }
    }

    func remove(where isOver: @Sendable (Item) -> Bool) { places.withLock { $0.removeAll { isOver($0.item) } } }

    func clear(for owner: [UInt8]) { places.withLock { $0.removeAll { $0.owner == owner } } }
}
