import GRDB
import Orders

/// The drafts of orders. `answers` is NULL once the order was placed, `token` until then.
struct SheetTable {
    let db: Database

    func sheet(_ hash: [UInt8], keptAfter limit: Timestamp) throws -> KeptSheet? {
        let row = try db.row(
            "SELECT answers, token, kept_at FROM drafts WHERE hash = ? AND kept_at > ?",
            [hash.blob, limit.milliseconds])
        guard var row else { return nil }
        let (answers, token) = (try row.optionalText(), try row.optionalText())
        let keptAt = try row.timestamp()
        if let answers {
            guard let sheet = AnswerSheet(json: Array(answers.utf8)) else { throw Corruption("a draft is no draft") }
            return .open(sheet)
        }
        guard let token = token.flatMap({ StatusToken($0) }) else { throw Corruption("a draft's token is none") }
        return .placed(token: token, at: keptAt)
    }

    /// - Returns: false when the order was placed.
    func keep(_ sheet: AnswerSheet, _ hash: [UInt8], at now: Timestamp) throws -> Bool {
        try db.run(
            """
            INSERT INTO drafts (hash, kept_at, answers) VALUES (?, ?, ?)
            ON CONFLICT (hash) DO UPDATE SET kept_at = excluded.kept_at, answers = excluded.answers
            WHERE token IS NULL
            """, [hash.blob, now.milliseconds, String(decoding: sheet.json, as: UTF8.self)]) > 0
    }

    func close(_ hash: [UInt8], _ token: StatusToken, at now: Timestamp) throws {
        try db.run(
            "UPDATE drafts SET answers = NULL, token = ?, kept_at = ? WHERE hash = ? AND token IS NULL",
            [token.text, now.milliseconds, hash.blob])
    }

    func delete(_ hash: [UInt8]) throws { try db.run("DELETE FROM drafts WHERE hash = ?", [hash.blob]) }

    /// - Returns: how many there were, at most `count`.
    func deleteKept(until limit: Timestamp, atMost count: Int) throws -> Int {
        try db.run(
            "DELETE FROM drafts WHERE hash IN (SELECT hash FROM drafts WHERE kept_at <= ? LIMIT ?)",
            [limit.milliseconds, count])
    }
}
