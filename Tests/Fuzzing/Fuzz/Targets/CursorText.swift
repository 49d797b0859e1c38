import Orders
import Web

extension FuzzTarget {
    /// What a client sends back as a cursor.
    static let cursor = FuzzTarget(
        "cursor",
        seeds: [
            Cursor(.orders, after: 1_800_000_000_000_000_000).text, Cursor(.deliveries, after: 0).text,
            Cursor(.updates, after: -1).text, "", "====", "AQEAAAAAAAAAAAAAAAA",
        ],
        words: ["A", "_", "-", "=", "%3D", "AQE"]
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        for list in [Cursor.List.orders, .deliveries, .updates] {
            if let cursor = Cursor(text, of: list) {
                try require(cursor.text == text, "two texts of one cursor")
                try require(cursor.list == list, "a cursor of another list")
            }
            let key = bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) }
            let cursor = Cursor(list, after: key)
            try require(Cursor(cursor.text, of: list) == cursor, "what was written is not read back")
        }
    }
}
