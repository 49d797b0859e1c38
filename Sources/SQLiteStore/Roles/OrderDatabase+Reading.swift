import GRDB
package import Orders

extension OrderDatabase {
    package func order(_ number: OrderNumber) async throws(StoreError) -> Order? {
        try await read { db in
            guard let id = try OrderTable(db: db).id(of: number) else { return nil }
            return try OrderTable(db: db).order(id)?.order
        }
    }

    package func order(holding token: StatusToken) async throws(StoreError) -> Order? {
        let order = try await read { try OrderTable(db: $0).order(token.orderID)?.order }
        guard let order, order.facts.erasedAt == nil, order.statusToken.matches(token) else { return nil }
        return order
    }

    package func detail(_ number: OrderNumber) async throws(StoreError) -> OrderDetail? {
        try await read { db in
            guard let id = try OrderTable(db: db).id(of: number) else { return nil }
            return try OrderDetail(reading: id, from: db)
        }
    }

    package func orders(_ query: OrderQuery) async throws(StoreError) -> OrderPage {
        // What was placed before the search can be found by it.
        if query.search != nil { try await upkeep?.catchUp() }
        guard query.counts, let changes = writer?.changes else { return try await page(query) }
        if let known = countShelf.count(for: query, at: changes) {
            var uncounted = query
            uncounted.counts = false
            let page = try await page(uncounted)
            return OrderPage(summaries: page.summaries, next: page.next, count: known)
        }
        let page = try await page(query)
        countShelf.keep(page.count, for: query, at: changes)
        return page
    }

    private func page(_ query: OrderQuery) async throws(StoreError) -> OrderPage {
        try await read { try OrderListing(db: $0, query: query).page() }
    }

    package func counts() async throws(StoreError) -> [OrderStatus: CappedCount] {
        try await read { db in
            var counts: [OrderStatus: CappedCount] = [:]
            for status in OrderStatus.allCases {
                let count = try db.integer(
                    "SELECT count(*) FROM (SELECT 1 FROM orders WHERE status = ? LIMIT \(CappedCount.cap + 1))",
                    [status.code])
                counts[status] = CappedCount(Int(count ?? 0))
            }
            return counts
        }
    }

    package func tallies(between borders: [Timestamp]) async throws(StoreError) -> [DayTally] {
        try await read { db in
            try zip(borders, borders.dropFirst()).map { start, end in
                var tally = DayTally()
                let range = KeyRange(
                    lowest: OrderID.lowest(at: start), end: OrderID.lowest(at: end), isAscending: false)
                for status in OrderStatus.allCases where tally.orders < DayTally.cap {
                    tally.orders += try KeyStream(status: status).count(
                        db, in: range, limit: DayTally.cap - tally.orders)
                }
                for (state, count) in try DeliveryTable(db: db).counts(in: range, limit: DayTally.cap) {
                    switch state {
                    case .delivered: tally.delivered += count
                    case .pending, .inFlight: tally.waiting += count
                    case .exhausted: tally.exhausted += count
                    case .withdrawn: break
                    }
                }
                return tally
            }
        }
    }

    package func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> DeliveryPage {
        try await read { try DeliveryTable(db: $0).page(query) }
    }

    package func inboundUpdates(_ query: InboundUpdateQuery) async throws(StoreError) -> InboundUpdatePage {
        try await read { try InboundTable(db: $0).page(query) }
    }

    package func probe() async throws(StoreError) {
        // Whoever asks is one at a time; a crowd before the store must not pass for a store that hangs.
        try await write(evenIfFull: true) { _ = try $0.run("UPDATE meta SET value = value + 1 WHERE key = 'probes'") }
    }
}

extension OrderDetail {
    /// Reads an order with all that staff see of it.
    init(reading id: OrderID, from db: Database) throws {
        guard let found = try OrderTable(db: db).order(id) else {
            throw Corruption("a row names an order that is not there")
        }
        self.init(
            order: found.order, history: try HistoryTable(db: db).entries(of: found.order),
            deliveries: try DeliveryTable(db: db).deliveries(of: id), version: found.version)
    }
}
