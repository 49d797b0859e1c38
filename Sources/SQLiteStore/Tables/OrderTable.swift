import GRDB
import Orders

/// The table `orders`: an order's facts, and the status and flags derived from them for listing.
struct OrderTable {
    let db: Database

    // MARK: Writing

    /// Writes a new order; false when its number or key is taken.
    /// - Parameter raised: flags that it gets beyond those it came with.
    func insert(_ new: NewOrder, raising raised: Set<OrderFlag>) throws -> Bool {
        let order = new.order
        let to = order.shipTo
        let flags = FlagBits(shown: new.flags + raised, raised: order.facts.raisedFlags.union(raised))
        guard let total = Int64(exactly: order.statedTotalWeight.millionths) else {
            throw Corruption("an order's weight is beyond every limit")
        }
        let changes = try db.run(
            """
            INSERT INTO orders (id, number, token_secret, placed_at, updated_at, status, flags, house_has_it, was_sent,
                weight_limit, total_millionths, titles, copies, lines, name, organization, line1, line2, city, region,
                postal_code, country, phone, email, requester_type, language, notes, reship_of, facts, fingerprint,
                version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
            ON CONFLICT DO NOTHING
            """,
            [
                order.id.value, order.number.value, order.statusToken.secret.blob,
                order.placedAt == order.id.timestamp ? nil : order.placedAt.milliseconds, order.updatedAt.milliseconds,
                new.status.code, flags.value, order.facts.houseHasIt, order.facts.wasSent,
                order.weightLimit.description, total, order.lines.count, order.copies, new.lines, to.name,
                to.organization, to.line1, to.line2, to.city,
                to.region, to.postalCode, to.country, to.phone, order.email, order.requesterType.code,
                order.language.code, order.notes, order.reshipOf?.value, FactsText.encode(order.facts),
                new.fingerprint,
            ])
        return changes == 1
    }

    /// Writes what may have changed of an order, its entry in the search index included.
    func update(_ order: Order, replacing old: Order) throws {
        let to = order.shipTo
        let status = order.status
        try db.run(
            """
            UPDATE orders SET updated_at = ?, status = ?, flags = ?, house_has_it = ?, was_sent = ?, name = ?,
                organization = ?, line1 = ?, line2 = ?, city = ?, region = ?, postal_code = ?, country = ?, phone = ?,
                facts = ?, version = version + 1
            WHERE id = ?
            """,
            [
                order.updatedAt.milliseconds, status.code,
                FlagBits(shown: order.flags, raised: order.facts.raisedFlags).value, order.facts.houseHasIt,
                order.facts.wasSent, to.name, to.organization, to.line1, to.line2, to.city, to.region, to.postalCode,
                to.country, to.phone, FactsText.encode(order.facts), order.id.value,
            ])
        try noteEnd(of: order, in: status, was: old.status)
        guard order.shipTo != old.shipTo else { return }
        try SearchIndex(db: db).replace(old, with: order)
        // The old address leaves the file as thoroughly as if the order were erased.
        try MetaTable(db: db).countErasure()
    }

    /// Remembers since when the order stands in a final status: its retention counts from there.
    private func noteEnd(of order: Order, in status: OrderStatus, was old: OrderStatus) throws {
        guard status != old, status.isFinal || old.isFinal else { return }
        try db.run(
            "UPDATE orders SET final_at = ? WHERE id = ?",
            [status.isFinal ? order.updatedAt.milliseconds : nil, order.id.value])
    }

    /// Writes an order whose person is forgotten. The bytes that opened its status page become others that nobody has.
    func erase(_ order: Order, replacing old: Order, at now: Timestamp) throws {
        try db.run(
            """
            UPDATE orders SET notes = NULL, email = NULL, fingerprint = NULL, token_secret = randomblob(16),
                erased_at = ? WHERE id = ?
            """, [now.milliseconds, order.id.value])
        try SearchIndex(db: db).remove(old)
        let to = order.shipTo
        try db.run(
            """
            UPDATE orders SET updated_at = ?, status = ?, flags = ?, name = ?, organization = ?, line1 = ?, line2 = ?,
                city = ?, region = ?, postal_code = ?, phone = ?, facts = ?, version = version + 1
            WHERE id = ?
            """,
            [
                order.updatedAt.milliseconds, order.status.code,
                FlagBits(shown: order.flags, raised: order.facts.raisedFlags).value, to.name, to.organization, to.line1,
                to.line2, to.city, to.region, to.postalCode, to.phone, FactsText.encode(order.facts), order.id.value,
            ])
        try noteEnd(of: order, in: order.status, was: old.status)
    }

    func fingerprint(of id: OrderID) throws -> Int64? {
        try db.integer("SELECT fingerprint FROM orders WHERE id = ?", [id.value])
    }

    /// Counts a change that staff see although the order itself did not change.
    func touch(_ id: OrderID, at now: Timestamp) throws {
        try db.run(
            "UPDATE orders SET updated_at = max(updated_at, ?), version = version + 1 WHERE id = ?",
            [now.milliseconds, id.value])
    }

    /// From now on only the house can stop the order.
    func markSent(_ id: OrderID) throws {
        try db.run("UPDATE orders SET was_sent = 1, version = version + 1 WHERE id = ? AND was_sent = 0", [id.value])
    }

    /// Sets the flag `deliveryExhausted` to whether a delivery of the order is exhausted.
    func refreshExhaustedFlag(_ id: OrderID) throws {
        let bits = FlagBits.raising(.deliveryExhausted)
        let exhausted = "EXISTS (SELECT 1 FROM deliveries WHERE order_id = orders.id AND state = 3)"
        try db.run(
            """
            UPDATE orders SET flags = CASE WHEN \(exhausted) THEN flags | \(bits) ELSE flags & ~\(bits) END,
                version = version + 1
            WHERE id = ? AND (flags & \(bits) <> 0) <> \(exhausted)
            """, [id.value])
    }

    // MARK: Reading

    func id(of number: OrderNumber) throws -> OrderID? {
        try db.integer(
            "SELECT id FROM orders INDEXED BY \(PlaceIndex.name) WHERE \(PlaceIndex.expression) = ?", [number.place]
        ).map(OrderID.init(value:))
    }

    /// The order and how often its row changed.
    func order(_ id: OrderID) throws -> (order: Order, version: Int64)? {
        guard var columns = try db.row("SELECT \(Self.columns) FROM orders WHERE id = ?", [id.value]) else {
            return nil
        }
        var (order, version) = try Self.read(&columns)
        // A parcel is a message of the house, so an order that the house does not have has none.
        if order.facts.houseHasIt { order.facts.packageUpdates = try PackageTable(db: db).updates(of: id) }
        return (order, version)
    }

    /// An order that another row names: missing, the file is damaged.
    func existing(_ id: OrderID) throws -> Order {
        guard let found = try order(id) else { throw Corruption("a row names an order that is not there") }
        return found.order
    }

    private static let columns = """
        id, number, token_secret, placed_at, updated_at, flags, house_has_it, was_sent, weight_limit, lines, name,
        organization, line1, line2, city, region, postal_code, country, phone, email, requester_type, language, notes,
        reship_of, facts, erased_at, version
        """

    private static func read(_ columns: inout ColumnReader) throws -> (Order, Int64) {
        let id = OrderID(value: try columns.integer())
        let number = try columns.orderNumber()
        let token = StatusToken(orderID: id, secret: try columns.bytes())
        let placedAt = try columns.optionalTimestamp() ?? id.timestamp
        let updatedAt = try columns.timestamp()
        var facts = OrderFacts()
        facts.raisedFlags = FlagBits(value: try columns.integer()).raised
        facts.houseHasIt = try columns.bool()
        facts.wasSent = try columns.bool()
        let limit = try columns.weight()
        let lines = try LinesText.decode(try columns.text())
        let shipTo = try ShipTo(
            name: columns.text(), organization: columns.optionalText(), line1: columns.text(),
            line2: columns.optionalText(), city: columns.text(), region: columns.text(), postalCode: columns.text(),
            country: columns.text(), phone: columns.optionalText())
        let email = try columns.optionalText()
        let requesterType = try columns.code(RequesterType.self)
        let language = try columns.code(Language.self)
        let notes = try columns.optionalText()
        let reshipOf = try columns.optionalInteger().flatMap(OrderNumber.init(value:))
        if let text = try columns.optionalText() { try FactsText.decode(text, into: &facts) }
        facts.erasedAt = try columns.optionalTimestamp()
        let order = Order(
            id: id, number: number, statusToken: token, placedAt: placedAt, updatedAt: updatedAt, lines: lines,
            weightLimit: limit, shipTo: shipTo, email: email, requesterType: requesterType, language: language,
            notes: notes, reshipOf: reshipOf, facts: facts)
        return (order, try columns.integer())
    }
}
