import GRDB
import Orders

/// The tables `payloads`, the exact bodies of what has to be sent, and `packed_payloads`, those of what was delivered.
///
/// Two tables beside `deliveries`, because a body is thirty times as large as what changes with each attempt, and lives
/// long after it was last needed: what is sent next lies together, the room of what was sent is used again, and what is
/// only kept for a resend is small.
struct PayloadTable {
    let db: Database

    func insert(_ payload: [UInt8], for id: EventID) throws {
        try db.run("INSERT INTO payloads (id, body) VALUES (?, ?)", [id.value, payload.blob])
    }

    func payload(of id: EventID) throws -> [UInt8] {
        if var columns = try db.row("SELECT body FROM payloads WHERE id = ?", [id.value]) { return try columns.bytes() }
        guard var columns = try db.row("SELECT body FROM packed_payloads WHERE id = ?", [id.value]) else {
            throw Corruption("a delivery has no payload")
        }
        return try PackedPayload.unpack(columns.bytes())
    }

    /// Makes the payload of what was delivered small; one that was put away before stays as it is.
    /// - Parameter packed: the same payload packed, when it is at hand.
    func putAway(_ id: EventID, packed: [UInt8]? = nil) throws {
        guard var columns = try db.row("DELETE FROM payloads WHERE id = ? RETURNING body", [id.value]) else { return }
        let body = try packed ?? PackedPayload.pack(columns.bytes())
        try db.run("INSERT INTO packed_payloads (id, body) VALUES (?, ?)", [id.value, body.blob])
    }

    /// The bodies of all of an order's deliveries, sent or not.
    func forget(_ id: OrderID) throws {
        for table in ["payloads", "packed_payloads"] {
            try db.run(
                "DELETE FROM \(table) WHERE id IN (SELECT id FROM deliveries WHERE order_id = ?)", [id.value])
        }
    }
}
