import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// The search that stays fast: whole words instead of beginnings, counts that are known, filters walked beside the hits.
@Suite struct SearchScaleTests {
    private let database: DatabaseInFolder
    private var store: OrderDatabase { database.store }

    init() throws { database = try DatabaseInFolder() }

    private func place(_ name: String, at second: Int64 = 0) async throws -> Order {
        let order = SampleOrders.order(
            at: SampleOrders.start.adding(seconds: second), to: SampleOrders.shipTo(name: name, city: "Town"))
        _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: nil)
        return order
    }

    private func question(_ text: String) async throws -> SearchIndex.Question? {
        let term = try #require(SearchTerm(text))
        try await store.upkeep?.catchUp()
        return try await store.read { try SearchIndex(db: $0).question(for: term) }
    }

    @Test func aBeginningIsAskedAsTheWordsThereAre() async throws {
        for name in ["Marlowe A", "Marlow B", "Marl C", "Other D"] { _ = try await place(name) }
        #expect(try await question("marl")?.expression == #"("marl" OR "marlow" OR "marlowe")"#)
        #expect(try await question("ma")?.expression == #"("ma"*)"#)
        #expect(try await question("marl town")?.expression == #"("marl" OR "marlow" OR "marlowe") AND ("town")"#)
        #expect(try await question("xyzzy") == nil)
        #expect(try await question("marl xyzzy") == nil)
    }

    @Test func tooManyWordsAreAskedByTheirBeginning() async throws {
        for index in 0..<60 { _ = try await place("Ann\(index)x") }
        #expect(try await question("ann")?.expression == #"("ann"*)"#)
        var query = OrderQuery()
        query.search = SearchTerm("ann")
        #expect(try await store.orders(query).count == CappedCount(60))
    }

    @Test func aCorrectedAddressTakesItsWordsAlong() async throws {
        let order = try await place("Marlowe Only")
        try await store.upkeep?.catchUp()
        _ = try await store.perform(
            .hold(reason: "x"), on: order.number, by: .staff("kim"), at: SampleOrders.start, ifMatch: nil)
        _ = try await store.perform(
            .correctAddress(SampleOrders.shipTo(name: "Whitcomb", city: "Town")), on: order.number, by: .staff("kim"),
            at: SampleOrders.start, ifMatch: nil)
        #expect(try await question("marlowe") == nil)
        #expect(try await question("whitc")?.least == 1)
        let words = try await store.read { try $0.integers("SELECT orders FROM search_words ORDER BY word") }
        #expect(words == [1, 1])
    }

    @Test func whatIsKnownToBeMoreIsNotCounted() async throws {
        _ = try await place("Marlowe")
        try await store.upkeep?.catchUp()
        _ = try await store.write { try $0.run("UPDATE search_words SET orders = 10001 WHERE word = 'marlowe'") }
        var query = OrderQuery()
        query.search = SearchTerm("marlowe")
        #expect(try await store.orders(query).count.isCapped)
        query.placedFrom = SampleOrders.start
        #expect(try await store.orders(query).count == CappedCount(1))
    }

    /// More hits than are asked for one by one.
    @Test func aFilterIsWalkedBesideManyHits() async throws {
        var held: [OrderNumber] = []
        for second in 0..<2100 {
            let order = try await place("Marlowe", at: Int64(second))
            guard second % 700 == 3 else { continue }
            held.insert(order.number, at: 0)
            _ = try await store.perform(
                .hold(reason: "x"), on: order.number, by: .staff("kim"), at: order.placedAt, ifMatch: nil)
        }
        var query = OrderQuery()
        query.search = SearchTerm("marlowe")
        query.statuses = [.onHold]
        query.limit = 2
        let first = try await store.orders(query)
        query.before = first.next
        let second = try await store.orders(query)
        #expect((first.summaries + second.summaries).map(\.number) == held)
        #expect(first.count == CappedCount(3) && second.count == CappedCount(3))
        query.statuses = [.placed, .delivered]
        query.before = nil
        #expect(try await store.orders(query).count == CappedCount(2097))
        await store.close()
    }

    /// Every page of every filter, against the answer worked out from what was placed.
    @Test func aSearchWithAFilterFindsWhatBothFind() async throws {
        var generator = SeededGenerator(seed: 3)
        var placed: [(order: Order, isMarlowe: Bool, isHeld: Bool)] = []
        for second in 0..<120 {
            let isMarlowe = Int.random(in: 0..<3, using: &generator) > 0
            let isHeld = Int.random(in: 0..<4, using: &generator) == 0
            let order = try await place(isMarlowe ? "Marlowe" : "Other", at: Int64(second))
            if isHeld {
                _ = try await store.perform(
                    .hold(reason: "x"), on: order.number, by: .staff("kim"), at: order.placedAt, ifMatch: nil)
            }
            placed.append((order, isMarlowe, isHeld))
        }
        for statuses in [[.onHold], [.placed], [.placed, .onHold], [.delivered]] as [Set<OrderStatus>] {
            let expected = placed.reversed().filter {
                $0.isMarlowe && statuses.contains($0.isHeld ? .onHold : .placed)
            }.map(\.order.number)
            var query = OrderQuery()
            query.search = SearchTerm("marlowe")
            query.statuses = statuses
            query.limit = 7
            var found: [OrderNumber] = []
            repeat {
                let page = try await store.orders(query)
                #expect(page.count == CappedCount(expected.count), "\(statuses)")
                found += page.summaries.map(\.number)
                query.before = page.next
            } while query.before != nil
            #expect(found == expected, "\(statuses)")
        }
        await store.close()
    }
}
