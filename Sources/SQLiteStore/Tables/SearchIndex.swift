import GRDB
import Orders

/// The full-text index over names, organizations, cities, e-mails and phone numbers; its row ids are order keys, so
/// hits come newest first.
///
/// Every word is folded by `SearchText` and then stands for itself; e-mails, their domains and phone numbers are one
/// word each, told apart by a first character that no folded word has. Placing an order only notes its key: the
/// indexing comes later (`Upkeep`).
///
/// Beside it, `search_words` counts in how many orders each folded word stands. FTS5 answers "every word that starts so"
/// by collecting the orders of all of them first, 100,000 for a name that a tenth of a million orders have; asked for
/// some whole words it hands out the newest orders of each, and stops with the page.
struct SearchIndex {
    let db: Database

    private static let emailMark = "<"
    private static let domainMark = "@"
    private static let phoneMark = "+"

    // MARK: Writing

    func note(_ id: OrderID) throws { try db.run("INSERT INTO search_pending (order_id) VALUES (?)", [id.value]) }

    /// Indexes orders that were only noted, oldest first; true when there are more.
    func indexPending(limit: Int) throws -> Bool {
        let pending = try db.rows(
            """
            SELECT \(Self.columns) FROM search_pending p CROSS JOIN orders o ON o.id = p.order_id
            ORDER BY p.order_id LIMIT ?
            """, [limit], Self.entry)
        guard let last = pending.last else { return false }
        for entry in pending { try insert(entry) }
        try count(pending)
        try db.run("DELETE FROM search_pending WHERE order_id <= ?", [last.id])
        return pending.count == limit
    }

    /// Counts the words of every order that is indexed: for a file from before they were counted.
    func countAllWords() throws {
        var last = Int64(-1)
        while true {
            let entries = try db.rows(
                """
                SELECT \(Self.columns) FROM orders o WHERE o.id > ? AND o.id NOT IN (SELECT order_id FROM search_pending)
                ORDER BY o.id LIMIT 1000
                """, [last], Self.entry)
            guard let end = entries.last else { return }
            try count(entries)
            last = end.id
        }
    }

    /// Forgets the old words of an order, in the transaction that changes them.
    func replace(_ old: Order, with new: Order) throws {
        let isPending = try db.integer("SELECT 1 FROM search_pending WHERE order_id = ?", [old.id.value]) != nil
        if isPending { return }
        try takeOut(Self.entry(old))
        let after = Self.entry(new)
        try insert(after)
        try count([after])
    }

    /// The order is found by its number only from now on.
    func remove(_ old: Order) throws {
        let wasPending = try db.run("DELETE FROM search_pending WHERE order_id = ?", [old.id.value]) == 1
        if !wasPending { try takeOut(Self.entry(old)) }
    }

    private func takeOut(_ entry: Entry) throws {
        // The index keeps no content, so it must be told what to take out.
        try db.run("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", [entry.id, entry.text])
        try count([entry], by: -1)
    }

    /// Which parts of the index become one.
    enum Merging {
        /// Those of one size of which there are four: what keeps searches fast as orders come.
        case likeSized
        /// All there are now. Words that were taken out stay readable in the old parts until then.
        case all
    }

    /// Writes some pages of a new part out of old ones, or goes on with the one that was begun.
    /// - Returns: whether there is more to merge.
    func merge(_ merging: Merging, pages: Int) throws -> Bool {
        let before = db.totalChangesCount
        try db.run("INSERT INTO search (search, rank) VALUES ('merge', ?)", [merging == .all ? -pages : pages])
        // FTS5's documentation: below two, nothing was left to do.
        return db.totalChangesCount - before >= 2
    }

    private func insert(_ entry: Entry) throws {
        try db.run("INSERT INTO search (rowid, words) VALUES (?, ?)", [entry.id, entry.text])
    }

    private func count(_ entries: [Entry], by sign: Int = 1) throws {
        var counts: [String: Int] = [:]
        for word in entries.lazy.flatMap(\.words) { counts[word, default: 0] += sign }
        for (word, change) in counts {
            try db.run(
                """
                INSERT INTO search_words (word, orders) VALUES (?1, ?2)
                ON CONFLICT (word) DO UPDATE SET orders = orders + ?2
                """, [word, change])
            if sign < 0 { try db.run("DELETE FROM search_words WHERE word = ? AND orders <= 0", [word]) }
        }
    }

    // MARK: What is indexed

    /// What an order can be found by.
    private struct Entry {
        let id: Int64
        /// Folded, each once.
        let words: [String]
        /// E-mail, domain and phone number, marked.
        let marked: [String]

        var text: String {
            var text = ByteWriter(reserving: 128)
            for list in [words, marked] {
                for word in list {
                    if text.count > 0 { text.append(UInt8(ascii: " ")) }
                    text.append(word)
                }
            }
            return text.text
        }
    }

    private static let columns = "o.id, o.name, o.organization, o.city, o.email, o.phone"

    private static func entry(_ columns: inout ColumnReader) throws -> Entry {
        try entry(
            columns.integer(), name: columns.text(), organization: columns.optionalText(), city: columns.text(),
            email: columns.optionalText(), phone: columns.optionalText())
    }

    private static func entry(_ order: Order) -> Entry {
        entry(
            order.id.value, name: order.shipTo.name, organization: order.shipTo.organization, city: order.shipTo.city,
            email: order.email, phone: order.shipTo.phone)
    }

    private static func entry(
        _ id: Int64, name: String, organization: String?, city: String, email: String?, phone: String?
    ) -> Entry {
        var words: [String] = []
        words.reserveCapacity(8)
        func add(_ text: String) {
            for word in SearchText.words(of: text) where !words.contains(word) { words.append(word) }
        }
        add(name)
        if let organization { add(organization) }
        add(city)
        var marked: [String] = []
        marked.reserveCapacity(3)
        if let email = email?.lowercased() {
            marked.append(emailMark + escaped(email))
            if let at = email.utf8.lastIndex(of: UInt8(ascii: "@")) {
                marked.append(domainMark + escaped(String(email[email.utf8.index(after: at)...])))
            }
        }
        if let phone = phone.map(digits), phone.count >= 3 { marked.append(phoneMark + phone) }
        return Entry(id: id, words: words, marked: marked)
    }

    /// An e-mail as one word for the tokenizer: what it would split at becomes `~` and hexadecimal digits, character
    /// by character, so that the start of an e-mail stays the start of its word.
    private static func escaped(_ email: String) -> String {
        if email.utf8.allSatisfy(isKept) { return email }
        var text = ""
        for scalar in email.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9", "@", ".", "+", "-", "_": text.unicodeScalars.append(scalar)
            case _ where scalar.value >= 0x80: text.unicodeScalars.append(scalar)
            default: text += "~" + String(scalar.value, radix: 16)
            }
        }
        return text
    }

    private static func isKept(_ byte: UInt8) -> Bool {
        switch byte {
        case 97...122, 48...57, UInt8(ascii: "@"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Digits without the `1` that comes before a North American area code, which never starts with 1. More than
    /// eleven digits are a number with its extension.
    private static func digits(_ phone: String) -> String {
        let digits = phone.utf8.filter { (48...57).contains($0) }
        let isInternational = digits.count >= 11 && digits.first == UInt8(ascii: "1")
        return String(decoding: isInternational ? digits.dropFirst() : digits[...], as: UTF8.self)
    }

    // MARK: What is asked

    /// What the index is asked for a term.
    struct Question {
        /// FTS5's, with every word as a quoted string: nothing that was typed is ever syntax.
        let expression: String
        /// At least so many orders fit.
        let least: Int
    }

    /// Nil when nothing can fit.
    func question(for term: SearchTerm) throws -> Question? {
        switch term {
        case .email(let prefix): return Question(expression: Self.starting(Self.emailMark + Self.escaped(prefix)))
        case .emailDomain(let domain):
            return Question(expression: Self.quoted(Self.domainMark + Self.escaped(domain)))
        case .digits(let digits, _):
            guard digits.count >= 3 else { return nil }
            let national = digits.hasPrefix("1") ? String(digits.dropFirst()) : digits
            let both = [digits, national].map { Self.starting(Self.phoneMark + $0) }
            return Question(expression: both.joined(separator: " OR "))
        case .nothing: return nil
        case .words(let words, _):
            var clauses: [String] = []
            var least = 0
            for word in words.prefix(Self.largestWordCount) {
                guard let clause = try clause(for: word) else { return nil }
                clauses.append("(\(clause.expression))")
                least = words.count == 1 ? clause.least : 0
            }
            return Question(expression: clauses.joined(separator: " AND "), least: least)
        }
    }

    /// "A word that starts so": as the words there are, unless they are too many. Nil when there is none.
    private func clause(for start: String) throws -> Question? {
        // One and two letters have an index of their own.
        if start.unicodeScalars.count <= 2 { return Question(expression: Self.starting(start)) }
        let words = try db.rows(
            "SELECT word, orders FROM search_words WHERE word >= ? AND word < ? LIMIT ?",
            [start, start + "\u{10FFFF}", Self.mostAlternatives + 1]
        ) { columns in
            (word: try columns.text(), orders: try columns.int())
        }
        guard let most = words.map(\.orders).max() else { return nil }
        if words.count > Self.mostAlternatives { return Question(expression: Self.starting(start), least: most) }
        return Question(expression: words.map { Self.quoted($0.word) }.joined(separator: " OR "), least: most)
    }

    /// Each costs a look into every part of the index.
    private static let mostAlternatives = 48
    /// FTS5 refuses expressions of many hundred words.
    private static let largestWordCount = 16

    private static func quoted(_ word: String) -> String {
        "\"" + word.quotesDoubled + "\""
    }

    private static func starting(_ word: String) -> String { quoted(word) + "*" }
}

extension SearchIndex.Question {
    init(expression: String) { self.init(expression: expression, least: 0) }
}
