import Orders
import SQLiteStore

/// Looks at a filled database: that it holds what it should, and values that a search will find.
struct FillAudit: Sendable {
    /// Values of one order, for searches.
    struct Samples: Sendable {
        let order: Order
        let trackingNumber: String?

        func write(to json: inout JSONWriter) {
            json.object {
                $0.field("number", order.number.description)
                $0.field("tracking_number", trackingNumber)
                $0.field("email", order.email)
                $0.field("phone", order.shipTo.phone)
                $0.field("name", order.shipTo.name)
                $0.field("organization", order.shipTo.organization)
                $0.field("city", order.shipTo.city)
                $0.field("placed_at", order.placedAt)
                $0.field("frequent_name", People.frequentFamilyName.text)
            }
        }
    }

    let store: OrderDatabase
    let plan: FillPlan

    /// Waits until everything can be searched, and throws when something is missing.
    func check() async throws {
        var query = OrderQuery()
        query.limit = 1
        query.search = SearchTerm(People.frequentFamilyName.text)
        let found = try await store.orders(query).count
        try require(found == CappedCount(plan.frequentNames), "the frequent name is found \(found.value) times")
        let pending = try await store.endpoints().reduce(0) { $0 + $1.pending }
        let expected = plan.state == .pending ? plan.orders + plan.secondEvents : 0
        try require(pending == expected, "\(pending) deliveries wait instead of \(expected)")
        guard plan.state == .shipped, plan.orders >= 1000 else { return }
        for (status, count) in try await store.counts() {
            try require(count.value > 0, "no order is \(status.rawValue)")
        }
        for flag in OrderFlag.allCases {
            var query = OrderQuery()
            query.limit = 1
            query.flag = flag
            try await require(store.orders(query).count.value > 0, "no order has the flag \(flag.rawValue)")
        }
    }

    /// Of an order in the middle that has an organization and a phone, and no name of note.
    func samples() async throws -> Samples {
        for index in plan.orders / 2..<plan.orders {
            let planned = plan.order(index)
            let order = planned.order
            guard planned.fate == .delivered, !plan.isFrequentName(index), order.shipTo.organization != nil,
                order.shipTo.phone != nil, order.shipTo.name.utf8.allSatisfy({ $0 < 0x80 }),
                // Its number may have been drawn again.
                try await store.order(order.number)?.id == order.id
            else { continue }
            var reports = HouseReports(planned, plan)
            let tracking = plan.state == .shipped ? reports.trackingNumber() : nil
            // One of digits alone: a search tells its kind by that.
            if tracking?.allSatisfy(\.isNumber) ?? true { return Samples(order: order, trackingNumber: tracking) }
        }
        throw LoadFailure("there are too few orders to take samples from")
    }

    private func require(_ condition: Bool, _ what: String) throws {
        guard condition else { throw LoadFailure("the database was not filled as planned: \(what)") }
    }
}
