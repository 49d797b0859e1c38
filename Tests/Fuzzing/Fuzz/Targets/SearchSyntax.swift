import Orders
import SQLiteStore
import TestSupport

extension FuzzTarget {
    /// What staff type into the search, against a real index: never an error, and what is found is what a plain walk
    /// over all orders finds.
    static let searchTerm = FuzzTarget(
        "search",
        seeds: [
            "ana mar", "NEAR(ana maria)", "\"ana\" OR *", "name:ana", "ana AND NOT jo", "-ana", "^ana", "(ana", "an*",
            "{words}: x", "o'hara", "@example.org", "reader+1@", "217-555", "4829-1504-75", "'; DROP TABLE orders; --",
            "zoë", "%", "ana\u{0}mar",
        ],
        words: [
            "\"", "*", "NEAR", " OR ", " AND ", "NOT ", "^", ":", "+", "(", ")", "{", "'", "--", "é", "\u{301}", "ß",
        ]
    ) { bytes in
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        guard let term = SearchTerm(text) else { return }
        var query = OrderQuery()
        query.search = term
        query.limit = 200
        let asked = query
        let found = Set(try blocking { try await store.orders(asked) }.summaries.map(\.recipient))
        guard case .words(let words, _) = term else { return }
        // FTS5 ends a word at NUL and folds what it is given once more; that many words are asked as these.
        guard words.count <= 8, words.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) else { return }
        for name in names {
            let all = SearchText.words(of: name + " Springfield")
            let fits = words.allSatisfy { word in all.contains { $0.hasPrefix(word) } }
            try require(found.contains(name) == fits, "\(fits ? "did not find" : "found") \(name)")
        }
    }

    private static let names = [
        "Ana María Núñez", "Zoë O’Hara-Lee", "Jo Drop", "Near Table", "Orders Not", "Words X", "Rowid Match",
        "Anastasia And Or", "李 小龍", "Straße 7",
    ]

    /// Ten orders in a file that lasts as long as the process.
    private static let folder: TemporaryFolder? = try? TemporaryFolder()
    private static let store: OrderDatabase = {
        do {
            let path = (folder?.path ?? "") + "/orders.db"
            return try blocking {
                _ = try OrderDatabase.migrate(path: path)
                let store = try OrderDatabase.open(path: path, queueLimit: 100)
                for name in names {
                    let order = SampleOrders.order(
                        to: SampleOrders.shipTo(name: name, phone: "217-555-0100"), email: "reader+1@example.org")
                    _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
                }
                return store
            }
        } catch {
            fatalError("no store to search: \(error)")
        }
    }()
}
