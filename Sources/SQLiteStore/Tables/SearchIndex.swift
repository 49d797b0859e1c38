import GRDB
import Orders

/// The full-text index over names, organizations, cities, e-mails and phone numbers; its row ids are order keys, so
/// hits come newest first.
///
/// Every word is folded by `SearchText` and then stands for itself; e-mails, their domains and phone numbers are one
/// word each, told apart by a first character that no folded word has. Placing an order only notes its key: the
/// indexing comes later (`Upkeep`).
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
            SELECT o.id, o.name, o.organization, o.city, o.email, o.phone
            FROM search_pending p JOIN orders o ON o.id = p.order_id ORDER BY p.order_id LIMIT ?
            """, [limit]
        ) { columns in
            let id = try columns.integer()
            let words = try Self.words(
                name: columns.text(), organization: columns.optionalText(), city: columns.text(),
                email: columns.optionalText(), phone: columns.optionalText())
            return (id: id, words: words)
        }
        guard let last = pending.last else { return false }
        for entry in pending { try insert(entry.words, as: entry.id) }
        try db.run("DELETE FROM search_pending WHERE order_id <= ?", [last.id])
        return pending.count == limit
    }

    /// Forgets the old words of an order, in the transaction that changes them.
    func replace(_ old: Order, with new: Order) throws {
        let isPending = try db.integer("SELECT 1 FROM search_pending WHERE order_id = ?", [old.id.value]) != nil
        if isPending { return }
        // The index keeps no content, so it must be told what to take out.
        try db.run(
            "INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", [old.id.value, Self.words(of: old)])
        try insert(Self.words(of: new), as: new.id.value)
    }

    private func insert(_ words: String, as id: Int64) throws {
        try db.run("INSERT INTO search (rowid, words) VALUES (?, ?)", [id, words])
    }

    // MARK: What is indexed

    private static func words(of order: Order) -> String {
        words(
            name: order.shipTo.name, organization: order.shipTo.organization, city: order.shipTo.city,
            email: order.email, phone: order.shipTo.phone)
    }

    private static func words(
        name: String, organization: String?, city: String, email: String?, phone: String?
    ) -> String {
        var words = SearchText.words(of: name)
        for text in [organization ?? "", city] {
            for word in SearchText.words(of: text) where !words.contains(word) { words.append(word) }
        }
        if let email = email?.lowercased() {
            words.append(emailMark + escaped(email))
            if let at = email.lastIndex(of: "@") {
                words.append(domainMark + escaped(String(email[email.index(after: at)...])))
            }
        }
        if let phone = phone.map(digits), phone.count >= 3 { words.append(phoneMark + phone) }
        return words.joined(separator: " ")
    }

    /// An e-mail as one word for the tokenizer: what it would split at becomes `~` and hexadecimal digits, character
    /// by character, so that the start of an e-mail stays the start of its word.
    private static func escaped(_ email: String) -> String {
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

    /// Digits without the `1` that comes before a North American area code, which never starts with 1. More than
    /// eleven digits are a number with its extension.
    private static func digits(_ phone: String) -> String {
        let digits = phone.filter { $0.isASCII && $0.isNumber }
        return digits.count >= 11 && digits.hasPrefix("1") ? String(digits.dropFirst()) : digits
    }

    // MARK: What is asked

    /// FTS5's expression for a term, every word as a quoted string: nothing that was typed is ever syntax.
    /// Nil when the index cannot know it.
    static func expression(for term: SearchTerm) -> String? {
        switch term {
        case .email(let prefix): return starting(emailMark + escaped(prefix))
        case .emailDomain(let domain): return quoted(domainMark + escaped(domain))
        case .digits(let digits, _):
            guard digits.count >= 3 else { return nil }
            let national = digits.hasPrefix("1") ? String(digits.dropFirst()) : digits
            return starting(phoneMark + digits) + " OR " + starting(phoneMark + national)
        case .nothing: return nil
        case .words(let words, _):
            return words.prefix(largestWordCount).map(starting).joined(separator: " ")
        }
    }

    /// FTS5 refuses expressions of many hundred words.
    private static let largestWordCount = 32

    private static func quoted(_ word: String) -> String {
        "\"" + word.replacing("\"", with: "\"\"") + "\""
    }

    private static func starting(_ word: String) -> String { quoted(word) + "*" }
}
