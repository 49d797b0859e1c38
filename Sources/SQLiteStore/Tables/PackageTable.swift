import GRDB
import Orders

/// The tables `package_updates`, the facts, and `tracking_numbers`, which finds orders by them.
struct PackageTable {
    let db: Database

    /// The same (package, status, time) is kept once. Only what was dated so far ahead that it did not count gives way
    /// to the same said again when its time had come.
    func insert(_ update: PackageUpdate, for id: OrderID) throws {
        try db.run(
            """
            INSERT INTO package_updates (order_id, package_id, status, occurred_at, received_at, carrier,
                tracking_number, tracking_url, items, message, location)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (order_id, package_id, status, occurred_at) DO UPDATE SET received_at = excluded.received_at,
                carrier = excluded.carrier, tracking_number = excluded.tracking_number,
                tracking_url = excluded.tracking_url, items = excluded.items, message = excluded.message,
                location = excluded.location
            WHERE package_updates.occurred_at - package_updates.received_at > \(Self.aheadMilliseconds)
                AND excluded.occurred_at - excluded.received_at <= \(Self.aheadMilliseconds)
            """,
            [
                id.value, update.packageID, update.status.code, update.occurredAt.milliseconds,
                update.receivedAt.milliseconds, update.carrier, update.trackingNumber, update.trackingURL,
                update.items.map(ItemsText.encode), update.message, update.location,
            ])
        guard let number = update.trackingNumber.map(Self.compact), !number.isEmpty else { return }
        try db.run(
            """
            INSERT INTO tracking_numbers (number, order_id, package_id, carrier) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """, [number, id.value, update.packageID, Self.folded(update.carrier)])
    }

    /// What leads to the person; see `PackageUpdate.withoutText`.
    func forget(_ id: OrderID) throws {
        let numbers = try db.rows(
            "SELECT DISTINCT tracking_number FROM package_updates WHERE order_id = ? AND tracking_number IS NOT NULL",
            [id.value]
        ) { try Self.compact($0.text()) }
        for number in Set(numbers) {
            try db.run("DELETE FROM tracking_numbers WHERE number = ? AND order_id = ?", [number, id.value])
        }
        try db.run(
            """
            UPDATE package_updates SET tracking_number = NULL, tracking_url = NULL, message = NULL, location = NULL
            WHERE order_id = ?
            """, [id.value])
    }

    /// As `PackageUpdate.isDatedAhead` has it.
    private static let aheadMilliseconds = 86_400_000

    /// In the order of arrival.
    func updates(of id: OrderID) throws -> [PackageUpdate] {
        try db.rows(
            """
            SELECT package_id, status, occurred_at, received_at, carrier, tracking_number, tracking_url, items,
                message, location
            FROM package_updates WHERE order_id = ? ORDER BY received_at
            """, [id.value]
        ) { columns in
            let packageID = try columns.text()
            let status = try columns.code(PackageStatus.self)
            let occurredAt = try columns.timestamp()
            let receivedAt = try columns.timestamp()
            return try PackageUpdate(
                packageID: packageID, carrier: columns.optionalText(), trackingNumber: columns.optionalText(),
                trackingURL: columns.optionalText(), status: status,
                items: columns.optionalText().map { try ItemsText.decode($0) }, occurredAt: occurredAt,
                receivedAt: receivedAt, message: columns.optionalText(), location: columns.optionalText())
        }
    }

    /// The order that an update means which names only its parcel: nil when none fits, or several do alike.
    ///
    /// A tracking number may serve several orders, and carriers use numbers again: what fits better wins, by carrier,
    /// then by the parcel's id.
    func order(fitting update: PackageUpdate) throws -> OrderID? {
        guard let number = update.trackingNumber.map(Self.compact), !number.isEmpty else { return nil }
        let carrier = Self.folded(update.carrier)
        let found = try db.rows(
            "SELECT order_id, package_id, carrier FROM tracking_numbers WHERE number = ?", [number]
        ) { columns in
            (order: try columns.integer(), package: try columns.text(), carrier: try columns.text())
        }
        let possible = found.filter { carrier.isEmpty || $0.carrier.isEmpty || $0.carrier == carrier }
        let sameCarrier = possible.filter { !carrier.isEmpty && $0.carrier == carrier }
        for candidates in [possible, sameCarrier, possible.filter { $0.package == update.packageID }] {
            let orders = Set(candidates.map(\.order))
            if let only = orders.first, orders.count == 1 { return OrderID(value: only) }
        }
        return nil
    }

    /// How tracking numbers are compared; `SearchTerm` makes the same of what is typed.
    static func compact(_ trackingNumber: String) -> String {
        String(trackingNumber.unicodeScalars.filter { $0 != " " && $0 != "-" }).uppercased()
    }

    private static func folded(_ carrier: String?) -> String { (carrier ?? "").lowercased() }
}
