import GRDB
import Orders

/// One page of the staff list.
///
/// Every way to list is one or several streams of keys that an index yields newest first; they are merged here and
/// only the page's own orders are read. So no list sorts, however many orders there are.
struct OrderListing {
    let db: Database
    let query: OrderQuery

    func page() throws -> OrderPage {
        let streams = try streams()
        let lowest = query.placedFrom.map { OrderID.lowest(at: $0) } ?? 0
        let end = query.placedBefore.map { OrderID.lowest(at: $0) } ?? .max
        let cursor = query.before?.value ?? .max
        var ids: [Int64] = []
        for stream in streams {
            ids += try stream.keys(db, from: lowest, before: min(end, cursor), limit: query.limit + 1)
        }
        let found = streams.count == 1 ? ids : Set(ids).sorted(by: >)
        let summaries = try found.prefix(query.limit).compactMap { try summary($0) }
        return OrderPage(
            summaries: summaries, next: found.count > query.limit ? summaries.last?.id : nil,
            count: CappedCount(query.counts ? try count(streams, from: lowest, before: end) : 0))
    }

    private func count(_ streams: [KeyStream], from lowest: Int64, before end: Int64) throws -> Int {
        let limit = CappedCount.cap + 1
        guard query.search != nil, streams.count > 1 else {
            return try streams.reduce(0) { try $0 + $1.count(db, from: lowest, before: end, limit: limit) }
        }
        // What is found by its words may be found by its tracking number too.
        return Set(try streams.flatMap { try $0.keys(db, from: lowest, before: end, limit: limit) }).count
    }

    private func streams() throws -> [KeyStream] {
        let filter = KeyStream.Filter(statuses: query.statuses, flag: query.flag)
        if query.search == .nothing { return [] }
        if let search = query.search {
            let known = try KeyStream(keys: exactMatches(search), filter: filter)
            guard let expression = SearchIndex.expression(for: search) else { return [known] }
            let text = KeyStream(matching: expression, filter: filter)
            return known.isEmpty ? [text] : [known, text]
        }
        if let flag = query.flag { return [KeyStream(flag: flag, filter: filter)] }
        if query.statuses.isEmpty { return [.all] }
        return query.statuses.map(KeyStream.init(status:))
    }

    /// Orders that have exactly this number, or a parcel with exactly this tracking number.
    private func exactMatches(_ search: SearchTerm) throws -> [Int64] {
        let compact: String
        var keys: [Int64] = []
        switch search {
        case .email, .emailDomain, .nothing: return []
        case .digits(let digits, let typed):
            compact = typed
            if let number = OrderNumber(digits), let id = try OrderTable(db: db).id(of: number) {
                keys.append(id.value)
            }
        case .words(_, let typed): compact = typed
        }
        keys += try db.integers(
            "SELECT DISTINCT order_id FROM tracking_numbers WHERE number = ? ORDER BY order_id DESC LIMIT 1000",
            [compact])
        return keys
    }

    private func summary(_ id: Int64) throws -> OrderSummary? {
        let row = try db.row(
            """
            SELECT number, status, placed_at, updated_at, name, organization, city, region, titles, copies,
                total_millionths, weight_limit, flags
            FROM orders WHERE id = ?
            """, [id])
        guard var columns = row else { return nil }
        let id = OrderID(value: id)
        let number = try columns.orderNumber()
        let status = try columns.code(OrderStatus.self)
        let placedAt = try columns.optionalTimestamp() ?? id.timestamp
        let updatedAt = try columns.timestamp()
        let recipient = try columns.text()
        let organization = try columns.optionalText()
        let city = try columns.text()
        let region = try columns.text()
        let titles = try columns.int()
        let copies = try columns.int()
        let total = Int128(try columns.integer())
        let limit = try columns.weight()
        return OrderSummary(
            id: id, number: number, status: status, placedAt: placedAt, updatedAt: updatedAt, recipient: recipient,
            organization: organization, city: city, region: region, titles: titles, copies: copies,
            totalWeight: StatedWeight(millionths: total, unit: limit.unit),
            flags: FlagBits(value: try columns.integer()).shown)
    }
}
