import GRDB
import Orders

/// The table `history`: what happened to an order, each row once and for good.
struct HistoryTable {
    let db: Database

    func append(_ entry: HistoryEntry, to id: OrderID) throws {
        try db.run(
            """
            INSERT INTO history (order_id, seq, at, actor, event, from_status, to_status, detail)
            VALUES (?1, (SELECT ifnull(max(seq), 0) + 1 FROM history WHERE order_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7)
            """,
            [
                id.value, entry.at.milliseconds, entry.actor.text, entry.event, entry.from?.code, entry.to.code,
                entry.detail,
            ])
    }

    /// Writes the placing, which needs a row only when it was not a reader who placed the order.
    func recordPlacing(of order: Order, by actor: Actor) throws {
        try db.run(
            "INSERT INTO history (order_id, seq, at, actor, event, to_status) VALUES (?, 0, ?, ?, 'order.placed', ?)",
            [order.id.value, order.placedAt.milliseconds, actor.text, OrderStatus.placed.code])
    }

    /// What happened stays, without words.
    func forgetDetails(of id: OrderID) throws {
        try db.run("UPDATE history SET detail = NULL WHERE order_id = ? AND detail IS NOT NULL", [id.value])
    }

    /// Oldest first, from the placing on.
    func entries(of order: Order) throws -> [HistoryEntry] {
        let entries = try db.rows(
            """
            SELECT at, actor, event, from_status, to_status, detail FROM history WHERE order_id = ? ORDER BY seq
            """, [order.id.value]
        ) { columns in
            try HistoryEntry(
                at: columns.timestamp(), actor: Actor(text: columns.text()), event: columns.text(),
                from: columns.optionalInteger().flatMap(OrderStatus.coded), to: columns.code(),
                detail: columns.optionalText())
        }
        if entries.first?.event == "order.placed" { return entries }
        let placing = HistoryEntry(at: order.placedAt, actor: .reader, event: "order.placed", from: nil, to: .placed)
        return [placing] + entries
    }
}
