import GRDB
import Orders
import Synchronization

/// Which orders of the last day had which fingerprint: a copy in memory of the column `orders.fingerprint`.
///
/// In a table it would need an index in random order, and so a page of the file for every order: a fifth of all that an
/// order wrote. What is noted by work that is taken back later does no harm: an order counts only while it is in the file.
final class RecentTwins: Sendable {
    /// More are not remembered, the oldest are forgotten first: some 15 MB.
    private static let mostRemembered = 200_000

    fileprivate struct Sighting {
        var latest: Int64
        /// Counts when the latest was taken back.
        var before: Int64?
    }

    fileprivate struct Memory {
        var sightings: [Int64: Sighting] = [:]
        var tidiesAt = 4096
    }

    private let memory = Mutex(Memory())

    var count: Int { memory.withLock { $0.sightings.count } }

    /// Reads what the file knows.
    func load(from db: Database) throws {
        guard let newest = try db.integer("SELECT max(id) FROM orders") else { return }
        let recent = try db.rows(
            """
            SELECT id, fingerprint FROM orders WHERE id >= ? AND fingerprint IS NOT NULL ORDER BY id DESC LIMIT ?
            """, [Self.earliest(before: newest), Self.mostRemembered]
        ) { columns in
            (id: try columns.integer(), fingerprint: try columns.integer())
        }
        for (id, fingerprint) in recent.reversed() { note(id, fingerprint) }
    }

    /// Whether an order in the file has the same fingerprint and was placed within a day before; and remembers this one.
    func sees(_ id: OrderID, _ fingerprint: Int64, in db: Database) throws -> Bool {
        let earliest = Self.earliest(before: id.value)
        for twin in note(id.value, fingerprint) where twin >= earliest {
            if try db.integer("SELECT 1 FROM orders WHERE id = ?", [twin]) != nil { return true }
        }
        return false
    }

    /// Forgets what an erased order sent where.
    func forget(_ id: OrderID, _ fingerprint: Int64) {
        memory.withLock { memory in
            guard let known = memory.sightings[fingerprint] else { return }
            if known.latest == id.value || known.before == id.value { memory.sightings[fingerprint] = nil }
        }
    }

    /// - Returns: the other orders that were noted with this fingerprint before.
    @discardableResult
    private func note(_ id: Int64, _ fingerprint: Int64) -> [Int64] {
        memory.withLock { memory in
            guard let known = memory.sightings[fingerprint] else {
                memory.sightings[fingerprint] = Sighting(latest: id, before: nil)
                memory.tidy(after: id, mostRemembered: Self.mostRemembered)
                return []
            }
            // Work that runs again meets itself.
            if known.latest == id { return known.before.map { [$0] } ?? [] }
            memory.sightings[fingerprint] = Sighting(latest: id, before: known.latest)
            return [known.latest] + (known.before.map { [$0] } ?? [])
        }
    }

    private static func earliest(before id: Int64) -> Int64 {
        OrderID.lowest(at: OrderID(value: id).timestamp.adding(seconds: -Fingerprint.windowSeconds))
    }
}

extension RecentTwins.Memory {
    /// Forgets what is past the day, now and then, and the oldest when it is too much.
    fileprivate mutating func tidy(after id: Int64, mostRemembered: Int) {
        guard sightings.count >= tidiesAt else { return }
        let day = OrderID.lowest(at: OrderID(value: id).timestamp.adding(seconds: -Fingerprint.windowSeconds))
        sightings = sightings.filter { $0.value.latest >= day }
        if sightings.count >= mostRemembered {
            let kept = sightings.values.map(\.latest).sorted(by: >)[mostRemembered / 2]
            sightings = sightings.filter { $0.value.latest > kept }
        }
        tidiesAt = min(max(4096, 2 * sightings.count), mostRemembered)
    }
}
