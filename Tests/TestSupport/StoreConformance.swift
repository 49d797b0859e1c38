package import Orders
import Testing

/// What every store must do, written against the seam alone: one suite runs on each kind of store.
///
/// A case gets a store of its own, freshly made.
package struct StoreConformance: Sendable {
    package struct Case: Sendable, CustomTestStringConvertible {
        /// The behaviour.
        package let testDescription: String
        package let check: @Sendable (StoreConformance) async throws -> Void

        init(_ behaviour: String, _ check: @escaping @Sendable (StoreConformance) async throws -> Void) {
            testDescription = behaviour
            self.check = check
        }
    }

    package static var cases: [Case] {
        placingCases + outboxCases + dueTimeCases + recoveryCases + inboundCases + steeringCases + privacyCases
            + listingCases + smallTableCases + staffCases + draftCases
    }

    let store: any Store
    /// Stops this store and opens the same data again.
    let reopened: @Sendable () async throws -> any Store

    package init(store: any Store, reopened: @escaping @Sendable () async throws -> any Store) {
        self.store = store
        self.reopened = reopened
    }

    // MARK: What the cases share

    static let now = SampleOrders.start

    static func later(_ seconds: Int64) -> Timestamp { now.adding(seconds: seconds) }

    /// Places an order, with the event it is announced by.
    @discardableResult
    func placed(_ order: Order = SampleOrders.order(), key: IdempotencyKey? = nil) async throws -> Order {
        let event = SampleOrders.announcement(of: order)
        guard case .placed(let placed) = try await store.place(order, announcing: event, key: key) else {
            throw Unexpected("the order was not placed")
        }
        return placed
    }

    func detail(_ order: Order) async throws -> OrderDetail { try #require(await store.detail(order.number)) }

    func claim(
        at now: Timestamp = now, limit: Int = 10, probe: Bool = false
    ) async throws -> ClaimBatch {
        try await store.claim(
            ClaimRequest(endpoint: "fulfillment", limit: limit, now: now, isProbe: probe))
    }

    /// Claims the one delivery that is due.
    func onlyClaim(at now: Timestamp = now) async throws -> Claim {
        let claims = try await claim(at: now).claims
        #expect(claims.count == 1)
        return try #require(claims.first)
    }

    static func attempt(_ status: Int? = 200, error: String? = nil, at second: Int64 = 0) -> DeliveryAttempt {
        DeliveryAttempt(startedAt: later(second), endedAt: later(second + 1), status: status, error: error)
    }

    /// Delivers everything that is due now.
    func deliverAll(at now: Timestamp = now) async throws {
        while case let claims = try await claim(at: now).claims, !claims.isEmpty {
            for claim in claims {
                let settlement = try await store.settle(claim, as: .delivered, attempt: Self.attempt())
                #expect(settlement == .settled)
            }
        }
    }

    @discardableResult
    func perform(
        _ action: StaffAction, on order: Order, at now: Timestamp = later(5), by actor: Actor = .staff("kim")
    ) async throws -> OrderDetail {
        let outcome = try await store.perform(action, on: order.number, by: actor, at: now, ifMatch: nil)
        guard case .done(let detail) = outcome else { throw Unexpected("the action was not done: \(outcome)") }
        return detail
    }

    @discardableResult
    func apply(_ update: ShippingUpdate, _ id: String) async throws -> ShippingOutcome {
        try await store.apply(update, received: SampleOrders.receipt(id, at: max(update.sentAt, Self.now)))
    }
}

/// A step that a case takes for granted went another way.
package struct Unexpected: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
