import GRDB
import Orders

/// The tables `webhook_receipts`, every message that was taken in, and `inbound_updates`, those that fitted no order
/// or were not understood.
struct InboundTable {
    let db: Database

    /// The digest of the message that came under this id before.
    func digest(of webhookID: String) throws -> [UInt8]? {
        var columns = try db.row("SELECT digest FROM webhook_receipts WHERE webhook_id = ?", [webhookID])
        return try columns?.bytes()
    }

    func remember(_ receipt: WebhookReceipt) throws {
        try db.run(
            "INSERT INTO webhook_receipts (webhook_id, digest, received_at) VALUES (?, ?, ?)",
            [receipt.id, receipt.digest.blob, receipt.at.milliseconds])
    }

    func keep(
        _ update: ShippingUpdate, _ receipt: WebhookReceipt, as state: InboundUpdateState, reason: String?
    ) throws {
        try db.run(
            """
            INSERT INTO inbound_updates (webhook_id, type, order_number, received_at, sent_at, body, state, reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                receipt.id, update.type, update.orderNumber, receipt.at.milliseconds, update.sentAt.milliseconds,
                receipt.bytes.blob, state.code, reason,
            ])
    }

    func update(_ id: Int64) throws -> InboundUpdate? {
        guard var columns = try db.row("\(Self.selection) WHERE id = ?", [id]) else { return nil }
        return try Self.read(&columns)
    }

    func setState(_ state: InboundUpdateState, of id: Int64) throws {
        try db.run("UPDATE inbound_updates SET state = ? WHERE id = ?", [state.code, id])
    }

    /// Remembers by hand which order a kept message is about.
    func setMatched(_ id: Int64, to order: OrderID) throws {
        try db.run("UPDATE inbound_updates SET matched_to = ? WHERE id = ?", [order.value, id])
        try setState(.matched, of: id)
    }

    /// What was kept about an order: matched to it, or of a kind that was not understood.
    func forget(_ id: OrderID, number: OrderNumber) throws {
        try db.run("DELETE FROM inbound_updates WHERE matched_to = ?", [id.value])
        let written = number.description
        try db.run(
            "DELETE FROM inbound_updates WHERE order_number IN (?, ?)", [written, written.replacing("-", with: "")])
    }

    /// Forgets some of the kept messages whose time is over, oldest first.
    /// - Returns: how many.
    func forget(_ limits: RetentionLimits, most: Int) throws -> Int {
        try db.run(
            """
            DELETE FROM inbound_updates WHERE id IN (
                SELECT id FROM inbound_updates
                WHERE received_at <= iif(state = \(InboundUpdateState.unmatched.code), ?, ?) ORDER BY id LIMIT ?)
            """, [limits.waitingMessage.milliseconds, limits.settledMessage.milliseconds, most])
    }

    func page(_ query: InboundUpdateQuery) throws -> InboundUpdatePage {
        let condition =
            switch query.matched {
            case true?: "state = \(InboundUpdateState.matched.code)"
            case false?: "state = \(InboundUpdateState.unmatched.code)"
            case nil: "1"
            }
        var updates = try db.rows(
            "\(Self.selection) WHERE \(condition) AND id < ? ORDER BY id DESC LIMIT ?",
            [query.before ?? .max, query.limit + 1], Self.read)
        let hasMore = updates.count > query.limit
        if hasMore { updates.removeLast() }
        let count = try db.integer(
            "SELECT count(*) FROM (SELECT 1 FROM inbound_updates WHERE \(condition) LIMIT \(CappedCount.cap + 1))")
        return InboundUpdatePage(
            updates: updates, next: hasMore ? updates.last?.id : nil, count: CappedCount(Int(count ?? 0)))
    }

    private static let selection = """
        SELECT id, webhook_id, type, order_number, received_at, sent_at, body, state, reason FROM inbound_updates
        """

    private static func read(_ columns: inout ColumnReader) throws -> InboundUpdate {
        try InboundUpdate(
            id: columns.integer(), webhookID: columns.text(), type: columns.text(),
            orderNumber: columns.optionalText(), receivedAt: columns.timestamp(), sentAt: columns.timestamp(),
            bytes: columns.bytes(), state: columns.code(), reason: columns.optionalText())
    }
}
