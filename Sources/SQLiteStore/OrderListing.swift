import GRDB
import Orders

/// One page of the staff list.
///
/// Every way to list is one or several streams of keys that an index yields newest first; they are merged here, or
/// walked side by side (`Intersection`), and only the page's own orders are read. So no list sorts, however many orders
/// there are.
struct OrderListing {
    let db: Database
    let query: OrderQuery

    func page() throws -> OrderPage {
        let whole = KeyRange(
            lowest: query.placedFrom.map { OrderID.lowest(at: $0) } ?? 0,
            end: query.placedBefore.map { OrderID.lowest(at: $0) } ?? .max, isAscending: query.oldestFirst)
        let rest = whole.narrowed(after: query.after?.value, before: query.before?.value)
        let wanted = query.limit + 1
        let found: [Int64]
        let count: Int
        switch try source() {
        case .streams(let streams):
            var ids: [Int64] = []
            for stream in streams { ids += try stream.keys(db, in: rest, limit: wanted) }
            found = streams.count == 1 ? ids : rest.sorted(Set(ids))
            count = query.counts ? try self.count(streams, in: whole) : 0
        case .intersection(let intersection, let known):
            // One walk yields the count and, unless it is farther down, the page.
            let all = try intersection.keys(
                db, in: query.counts ? whole : rest, limit: query.counts ? max(Self.countLimit, wanted) : wanted)
            var page = all.filter(rest.contains)
            // What was walked for the count ends before the page does.
            let isFartherDown = query.counts && all.count >= Self.countLimit && page.count < wanted
            if isFartherDown { page = try intersection.keys(db, in: rest, limit: wanted) }
            let knownKeys = try known.keys(db, in: whole, limit: wanted)
            found = rest.sorted(Set(page.prefix(wanted) + knownKeys.filter(rest.contains)))
            count = knownKeys.isEmpty ? all.count : Set(all + knownKeys).count
        }
        let summaries = try found.prefix(query.limit).compactMap { try summary($0) }
        return OrderPage(
            summaries: summaries, next: found.count > query.limit ? summaries.last?.id : nil,
            count: CappedCount(query.counts ? count : 0))
    }

    private static let countLimit = CappedCount.cap + 1

    private func count(_ streams: [KeyStream], in range: KeyRange) throws -> Int {
        let limit = Self.countLimit
        // Known to be more than anybody counts: not counted.
        if range.isUnbounded, streams.contains(where: { $0.least >= limit }) { return limit }
        guard query.search != nil, streams.count > 1 else {
            // An order's own row is wide: some days of all orders are counted in the index of their statuses.
            let isPartOfAll = streams.count == 1 && streams[0].isAll && !range.isUnbounded
            let counted = isPartOfAll ? OrderStatus.allCases.map(KeyStream.init(status:)) : streams
            var count = 0
            // What is enough is enough: the last stream may be one that looks at each order.
            for stream in counted where count < limit {
                count += try stream.count(db, in: range, limit: limit - count)
            }
            return count
        }
        // What is found by its words may be found by its tracking number too.
        return Set(try streams.flatMap { try $0.keys(db, in: range, limit: limit) }).count
    }

    /// Where the keys come from.
    private enum Source {
        case streams([KeyStream])
        /// What is found by words and by status or flag, and few keys that were found otherwise.
        case intersection(Intersection, known: KeyStream)
    }

    private func source() throws -> Source {
        let filter = KeyStream.Filter(query)
        if query.search == .nothing { return .streams([]) }
        if let search = query.search {
            let known = try KeyStream(keys: exactMatches(search), filter: filter)
            guard let question = try SearchIndex(db: db).question(for: search) else { return .streams([known]) }
            let text = KeyStream(matching: question)
            guard filter.condition.isEmpty else {
                let both = Intersection(
                    hits: text, filters: filterStreams(filter), condition: filter.condition)
                return .intersection(both, known: known)
            }
            return .streams(known.isEmpty ? [text] : [known, text])
        }
        let streams = filterStreams(filter)
        return .streams(streams.isEmpty ? [.all] : streams)
    }

    /// Empty when everything fits. No two of them have an order in common.
    private func filterStreams(_ filter: KeyStream.Filter) -> [KeyStream] {
        if let flag = query.flag { return [KeyStream(flag: flag, filter: filter)] }
        let streams = query.statuses.map(KeyStream.init(status:))
        guard !streams.isEmpty, let flag = query.orFlag else { return streams }
        return streams + [KeyStream(flag: flag, beside: query.statuses)]
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
                total_millionths, weight_limit, flags, erased_at, CASE status WHEN ? THEN facts END
            FROM orders WHERE id = ?
            """, [OrderStatus.onHold.code, id])
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
        let flags = FlagBits(value: try columns.integer()).shown
        let erasedAt = try columns.optionalTimestamp()
        var facts = OrderFacts()
        if let text = try columns.optionalText() { try FactsText.decode(text, into: &facts) }
        return OrderSummary(
            id: id, number: number, status: status, placedAt: placedAt, updatedAt: updatedAt, recipient: recipient,
            organization: organization, city: city, region: region, titles: titles, copies: copies,
            totalWeight: StatedWeight(millionths: total, unit: limit.unit),
            flags: flags, erasedAt: erasedAt, holdReason: facts.holdReason)
    }
}
