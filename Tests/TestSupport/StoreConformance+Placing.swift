import Orders
import Testing

extension StoreConformance {
    static var placingCases: [Case] {
        [
            Case("an order is read as it was placed") { try await $0.anOrderIsReadAsItWasPlaced() },
            Case("an order of every field comes back whole") { try await $0.everyFieldComesBack() },
            Case("an order is found by its token and by no other secret") { try await $0.tokensOpenTheirOwnOrder() },
            Case("the same key and meaning replays the first order") { try await $0.sameKeyReplays() },
            Case("the same key with another meaning is refused") { try await $0.otherMeaningIsRefused() },
            Case("fifty parallel requests with one key place one order") { try await $0.fiftyRequestsOneOrder() },
            Case("a taken number leaves nothing behind") { try await $0.takenNumberLeavesNothing() },
            Case("a taken event key leaves nothing behind") { try await $0.takenEventLeavesNothing() },
            Case("the newer of two alike orders within a day is flagged") { try await $0.twinsAreFlagged() },
            Case("an order outlives the task that placed it") { try await $0.cancelledCallerStillPlaces() },
        ]
    }

    private static func key(_ value: String = "k1", meaning: UInt8 = 1) -> IdempotencyKey {
        IdempotencyKey(value: value, digest: Array(repeating: meaning, count: 32))
    }

    private func anOrderIsReadAsItWasPlaced() async throws {
        let order = try await placed()
        #expect(try await store.order(order.number) == order)
        let detail = try await detail(order)
        #expect(detail.order == order)
        #expect(detail.history.map(\.event) == ["order.placed"])
        #expect(detail.history.first?.actor == .reader)
        #expect(detail.history.first?.from == nil)
        #expect(detail.deliveries.map(\.state) == [.pending])
        #expect(detail.deliveries.first?.nextAttemptAt == Self.now)
        #expect(try await store.order(OrderNumber(serial: 1)) == nil)
    }

    private func everyFieldComesBack() async throws {
        let identity = OrderIdentity.random(at: Self.now)
        let shipTo = ShipTo(
            name: "Zoë \"Z\" O’Hara", organization: "Clínica\\Süd", line1: "1 'Main' St", line2: "Apt; DROP 2",
            city: "Peñasco", region: "NM", postalCode: "87553-0001", country: "US", phone: "+1 (505) 555-0123")
        var facts = OrderFacts()
        facts.raisedFlags = [.quantityMismatch]
        let order = Order(
            id: identity.id, number: identity.number, statusToken: identity.token,
            placedAt: Self.now.adding(milliseconds: 7), updatedAt: Self.later(9),
            lines: [LineItem(SampleOrders.title("A-1", ounces: 95), quantity: 3)], weightLimit: SampleOrders.limit,
            shipTo: shipTo, email: "zoe+1@example.org", requesterType: .healthProfessional, language: .spanish,
            notes: "two\nlines", reshipOf: OrderNumber(serial: 5), facts: facts)
        let placed = try await placed(order)
        #expect(placed == order)
        #expect(try await store.order(order.number) == order)
        #expect(try await store.orders(OrderQuery()).summaries.first?.totalWeight == order.statedTotalWeight)
    }

    private func tokensOpenTheirOwnOrder() async throws {
        let order = try await placed()
        let other = try await placed()
        #expect(try await store.order(holding: order.statusToken)?.number == order.number)
        let forged = StatusToken(orderID: order.id, secret: other.statusToken.secret)
        #expect(try await store.order(holding: forged) == nil)
        #expect(try await store.order(holding: StatusToken.random(for: OrderID(value: 1))) == nil)
    }

    private func sameKeyReplays() async throws {
        #expect(try await store.placement(under: Self.key()) == nil)
        let first = try await placed(key: Self.key())
        let again = SampleOrders.order()
        let answer = try await store.place(again, announcing: SampleOrders.announcement(of: again), key: Self.key())
        guard case .replayed(let replayed) = answer else { throw Unexpected("not replayed: \(answer)") }
        #expect(replayed == first)
        guard case .replayed(let looked)? = try await store.placement(under: Self.key()) else {
            throw Unexpected("the key is not bound")
        }
        #expect(looked == first)
        #expect(try await store.orders(OrderQuery()).count.value == 1)
        #expect(try await claim().claims.count == 1)
    }

    private func otherMeaningIsRefused() async throws {
        try await placed(key: Self.key())
        let other = SampleOrders.order()
        let answer = try await store.place(
            other, announcing: SampleOrders.announcement(of: other), key: Self.key(meaning: 2))
        guard case .keyReused = answer else { throw Unexpected("not refused: \(answer)") }
        guard case .keyReused? = try await store.placement(under: Self.key(meaning: 2)) else {
            throw Unexpected("the look-up did not refuse it")
        }
        #expect(try await store.order(other.number) == nil)
    }

    private func fiftyRequestsOneOrder() async throws {
        let numbers = try await withThrowingTaskGroup(of: (OrderNumber, Bool).self) { group in
            for _ in 0..<50 {
                group.addTask { [store] in
                    let order = SampleOrders.order()
                    let event = SampleOrders.announcement(of: order)
                    switch try await store.place(order, announcing: event, key: Self.key()) {
                    case .placed(let order): return (order.number, true)
                    case .replayed(let order): return (order.number, false)
                    case .keyReused, .identityTaken: throw Unexpected("neither placed nor replayed")
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(numbers.map(\.0)).count == 1)
        #expect(numbers.count { $0.1 } == 1)
        #expect(try await store.orders(OrderQuery()).count.value == 1)
        #expect(try await store.deliveries(DeliveryQuery()).count.value == 1)
    }

    private func takenNumberLeavesNothing() async throws {
        let first = try await placed()
        let drawn = SampleOrders.order(at: Self.later(1))
        let second = Order(
            id: drawn.id, number: first.number, statusToken: drawn.statusToken, placedAt: drawn.placedAt,
            updatedAt: drawn.updatedAt, lines: drawn.lines, weightLimit: drawn.weightLimit, shipTo: drawn.shipTo,
            email: nil, requesterType: .other, language: .english, notes: nil, reshipOf: nil, facts: OrderFacts())
        let answer = try await store.place(
            second, announcing: SampleOrders.announcement(of: second), key: Self.key())
        guard case .identityTaken = answer else { throw Unexpected("taken, and yet \(answer)") }
        #expect(try await store.placement(under: Self.key()) == nil)
        #expect(try await store.order(first.number) == first)
        #expect(try await store.deliveries(DeliveryQuery()).count.value == 1)
    }

    private func takenEventLeavesNothing() async throws {
        let first = SampleOrders.order()
        let event = SampleOrders.announcement(of: first)
        _ = try await store.place(first, announcing: event, key: nil)
        let second = SampleOrders.order()
        let answer = try await store.place(
            second, announcing: .placed(second, id: event.id, at: Self.now), key: Self.key())
        guard case .identityTaken = answer else { throw Unexpected("taken, and yet \(answer)") }
        #expect(try await store.order(second.number) == nil)
        #expect(try await store.placement(under: Self.key()) == nil)
        // The order that was taken back must not make the next one look like a duplicate of it.
        let third = try await placed(SampleOrders.order(to: SampleOrders.shipTo(line1: "9 Elm St")))
        #expect(third.flags == [])
    }

    private func twinsAreFlagged() async throws {
        func order(_ line1: String, hours: Int64, lines: KeyValuePairs<String, Int> = ["A": 5, "B": 2]) -> Order {
            SampleOrders.order(
                at: Self.later(hours * 3600), to: SampleOrders.shipTo(line1: line1), lines: lines)
        }
        #expect(try await placed(order("1 Main St", hours: 0)).flags == [])
        let twin = try await placed(order("1 MAIN  st.", hours: 23, lines: ["B": 2, "A": 5]))
        #expect(twin.flags == [.possibleDuplicate])
        #expect(try await store.order(twin.number)?.flags == [.possibleDuplicate])
        #expect(try await placed(order("1 Main St", hours: 23, lines: ["A": 5])).flags == [])
        #expect(try await placed(order("2 Main St", hours: 23)).flags == [])
        #expect(try await placed(order("1 Main St", hours: 48)).flags == [])
    }

    private func cancelledCallerStillPlaces() async throws {
        let order = SampleOrders.order()
        let task = Task { [store] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
        }
        guard case .placed = try await task.value else { throw Unexpected("the order was not placed") }
        #expect(try await store.order(order.number) != nil)
    }
}
