import GRDB
package import Orders

extension OrderDatabase {
    package func erase(
        _ number: OrderNumber, force: Bool, by actor: Actor, at now: Timestamp, ifMatch: [String]?
    ) async throws(StoreError) -> ActionOutcome {
        let (outcome, erased) = try await write { db -> (ActionOutcome, ErasureDesk.Erased?) in
            guard let id = try OrderTable(db: db).id(of: number) else { return (.notFound, nil) }
            if let ifMatch, !ifMatch.contains("*"),
                !ifMatch.contains(try OrderDetail(reading: id, from: db).entityTag)
            {
                return (.changedSince, nil)
            }
            let desk = ErasureDesk(db: db)
            let (decision, erased) = try desk.erase(id, because: .request(force: force), by: actor, at: now)
            if case .refused(let refusal) = decision { return (.refused(refusal), nil) }
            if erased != nil {
                try desk.forgetMeanings(of: [id])
                try MetaTable(db: db).countErasure()
            }
            return (.done(try OrderDetail(reading: id, from: db)), erased)
        }
        if let erased {
            forgetTwins([erased])
            erasureBoard.post()
        }
        return outcome
    }

    package func eraseDue(by rule: RetentionRule, at now: Timestamp) async throws(StoreError) -> ErasedRound {
        guard let writer else { throw .unavailable(reason: "the database was opened read-only") }
        return try await ErasingRound(database: self, writer: writer, limits: rule.limits(at: now), now: now).run()
    }

    package func scrub(whole: Bool, at now: Timestamp) async throws(StoreError) -> Scrubbing {
        guard let writer else { throw .unavailable(reason: "the database was opened read-only") }
        return try await Scrubber(database: self, writer: writer).run(whole: whole, at: now)
    }

    package func retention(by rule: RetentionRule, at now: Timestamp) async throws(StoreError) -> RetentionReport {
        try await read { db in
            let meta = MetaTable(db: db)
            let due = try RetentionLook.due(in: db, rule.limits(at: now))
            let overdue = try RetentionLook.due(in: db, rule.limits(at: now.adding(days: -2)))
            let first = try db.integer(
                "SELECT id FROM orders WHERE id >= ? AND erased_at IS NULL ORDER BY id LIMIT 1",
                [meta.value(.erasedBelow)])
            let final = try db.integer(
                """
                SELECT min(final_at) FROM orders INDEXED BY orders_due
                WHERE final_at IS NOT NULL AND erased_at IS NULL
                """)
            let ends = [
                first.map { rule.dueAt(placedAt: OrderID(value: $0).timestamp, finalSince: nil) },
                final.map { Timestamp(milliseconds: $0).adding(days: rule.days) },
            ]
            return RetentionReport(
                due: due, overdue: overdue, nextDueAt: due > 0 ? nil : ends.compactMap(\.self).min(),
                lastRoundAt: try meta.time(.erasingRoundAt), lastErased: Int(try meta.value(.erasingRoundOrders)),
                lastScrubAt: try meta.time(.scrubbedAt),
                hasRemains: try meta.value(.erasures) != meta.value(.scrubbedErasures))
        }
    }

    package func erasures() -> AsyncStream<Void> { erasureBoard.stream() }

    func forgetTwins(_ erased: [ErasureDesk.Erased]) {
        for order in erased {
            if let fingerprint = order.fingerprint { twins.forget(order.id, fingerprint) }
        }
    }
}
