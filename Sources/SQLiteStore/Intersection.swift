import GRDB

/// The keys that a search and one of several filters' streams yield both, newest first.
///
/// All of them are walked side by side, each from the index that yields it, until enough is found. Asking each hit's
/// order for its status took five times as long for a common name and a rare status.
struct Intersection {
    let hits: KeyStream
    /// They have no key in common.
    let filters: [KeyStream]

    func keys(_ db: Database, from lowest: Int64, before end: Int64, limit: Int) throws -> [Int64] {
        let hits = try hits.cursor(db, from: lowest, before: end)
        let filters = try filters.map { Head(try $0.cursor(db, from: lowest, before: end)) }
        for filter in filters { try filter.advance() }
        var keys: [Int64] = []
        while keys.count < limit, let hit = try hits.next() {
            var isThere = false
            var isOver = true
            for filter in filters {
                while let key = filter.key, key > hit { try filter.advance() }
                if filter.key == hit { isThere = true }
                if filter.key != nil { isOver = false }
            }
            if isThere { keys.append(hit) }
            if isOver { break }
        }
        return keys
    }

    private final class Head {
        private let cursor: IntegerCursor
        private(set) var key: Int64?

        init(_ cursor: IntegerCursor) { self.cursor = cursor }

        func advance() throws { key = try cursor.next() }
    }
}
