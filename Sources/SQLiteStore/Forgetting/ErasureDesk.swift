import GRDB
import Orders

/// What forgetting a person changes, inside a transaction. Whether it may be, and what of the order stays, is for
/// `Order.erasing` to say.
struct ErasureDesk {
    let db: Database

    /// An order that was erased, and what `RecentTwins` has to forget of it.
    struct Erased: Sendable {
        let id: OrderID
        let fingerprint: Int64?
    }

    /// - Returns: nil in `erased` when nothing was.
    func erase(
        _ id: OrderID, because cause: ErasureCause, by actor: Actor, at now: Timestamp
    ) throws -> (decision: ErasureDecision, erased: Erased?) {
        let old = try OrderTable(db: db).existing(id)
        let deliveries = DeliveryTable(db: db)
        let decision = old.erasing(because: cause, deliveries: try deliveries.states(of: id), by: actor, at: now)
        guard case .erase(let order, let entry) = decision else { return (decision, nil) }
        let fingerprint = try OrderTable(db: db).fingerprint(of: id)
        try OrderTable(db: db).erase(order, replacing: old, at: now)
        try HistoryTable(db: db).forgetDetails(of: id)
        try HistoryTable(db: db).append(entry, to: id)
        try PackageTable(db: db).forget(id)
        try deliveries.withdrawAll(of: id)
        try PayloadTable(db: db).forget(id)
        try OrderTable(db: db).refreshExhaustedFlag(id)
        try InboundTable(db: db).forget(id, number: order.number)
        return (decision, Erased(id: id, fingerprint: fingerprint))
    }

    /// What the requests that placed these orders meant: their keys stay for their time, so that nothing is placed twice,
    /// and answer no request any more. One walk over all keys, since they have no index by order.
    func forgetMeanings(of ids: [OrderID]) throws {
        guard !ids.isEmpty else { return }
        let marks = Array(repeating: "?", count: ids.count).joined(separator: ", ")
        try db.run("UPDATE idempotency_keys SET digest = x'' WHERE order_id IN (\(marks))", ids.map(\.value))
    }
}
