import GRDB
import Orders

/// The table `meta`: a few numbers about the file itself.
struct MetaTable {
    let db: Database

    enum Key: String {
        /// Every order with a smaller key is erased.
        case erasedBelow = "erased_below"
        case erasingRoundAt = "erasing_round_at"
        case erasingRoundOrders = "erasing_round_orders"
        /// Goes up whenever something is erased.
        case erasures
        /// What `erasures` was when the file was last known to hold nothing of what was erased.
        case scrubbedErasures = "scrubbed_erasures"
        case scrubbedAt = "scrubbed_at"
    }

    func value(_ key: Key) throws -> Int64 {
        try db.integer("SELECT value FROM meta WHERE key = ?", [key.rawValue]) ?? 0
    }

    /// Nil for never.
    func time(_ key: Key) throws -> Timestamp? {
        let value = try value(key)
        return value == 0 ? nil : Timestamp(milliseconds: value)
    }

    func set(_ key: Key, to value: Int64) throws {
        try db.run("UPDATE meta SET value = ? WHERE key = ?", [value, key.rawValue])
    }

    /// The file has to be scrubbed.
    func countErasure() throws {
        try db.run("UPDATE meta SET value = value + 1 WHERE key = ?", [Key.erasures.rawValue])
    }
}
