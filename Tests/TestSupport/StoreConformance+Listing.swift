import Orders
import Testing

extension StoreConformance {
    static var listingCases: [Case] {
        [
            Case("the list is newest first, with what staff see of an order") { try await $0.newestFirst() },
            Case("pages neither repeat nor miss an order while orders arrive") { try await $0.pagesStayWhole() },
            Case("the list is narrowed by statuses, flag and dates together") { try await $0.narrowed() },
            Case("every word must start a word of name, organization or city") { try await $0.foundByWords() },
            Case("an e-mail is found by its start and by its domain") { try await $0.foundByEmail() },
            Case("digits find an order number, a tracking number or a phone number") { try await $0.foundByDigits() },
            Case("a tracking number with letters is found") { try await $0.foundByTracking() },
            Case("what is typed is never an expression") { try await $0.typedIsNeverSyntax() },
            Case("found orders are paged and counted") { try await $0.foundArePaged() },
            Case("the list turns round and goes on from either side") { try await $0.bothDirections() },
            Case("a flag widens a list of statuses") { try await $0.widenedByFlag() },
            Case("days are tallied by what happened on them") { try await $0.daysAreTallied() },
            Case("orders are counted by status") { try await $0.countedByStatus() },
            Case("deliveries are paged newest first, by state") { try await $0.deliveriesArePaged() },
        ]
    }

    private func page(_ change: (inout OrderQuery) -> Void = { _ in }) async throws -> OrderPage {
        var query = OrderQuery()
        change(&query)
        return try await store.orders(query)
    }

    private func found(_ text: String, _ change: (inout OrderQuery) -> Void = { _ in }) async throws -> Set<OrderNumber>
    {
        let term = try #require(SearchTerm(text))
        return Set(
            try await page {
                $0.search = term
                change(&$0)
            }.summaries.map(\.number))
    }

    private func newestFirst() async throws {
        let old = try await placed()
        let shipTo = SampleOrders.shipTo(name: "Lee Wu", organization: "Hope Clinic", city: "Peoria")
        let new = try await placed(SampleOrders.order(at: Self.later(1), to: shipTo, lines: ["A": 100, "B": 7]))
        let page = try await page()
        #expect(page.summaries.map(\.number) == [new.number, old.number])
        #expect(page.next == nil && page.count == CappedCount(2))
        #expect(
            page.summaries.first
                == OrderSummary(
                    id: new.id, number: new.number, status: .placed, placedAt: Self.later(1),
                    updatedAt: Self.later(1), recipient: "Lee Wu", organization: "Hope Clinic", city: "Peoria",
                    region: "IL", titles: 2, copies: 107, totalWeight: new.statedTotalWeight, flags: new.flags))
        #expect(new.flags == [.nearLimit])
        let uncounted = try await self.page { $0.counts = false }
        #expect(uncounted.count.value == 0 && uncounted.summaries.count == 2)
    }

    private func pagesStayWhole() async throws {
        var placedBefore: [OrderNumber] = []
        for second in 0..<7 {
            placedBefore.append(try await placed(SampleOrders.order(at: Self.later(Int64(second)))).number)
        }
        var seen: [OrderNumber] = []
        var cursor: OrderID?
        repeat {
            let page = try await page {
                $0.limit = 3
                $0.before = cursor
            }
            #expect(page.count.value >= 7)
            seen += page.summaries.map(\.number)
            cursor = page.next
            try await placed(SampleOrders.order(at: Self.later(100)))
        } while cursor != nil
        #expect(seen == placedBefore.reversed())
    }

    private func narrowed() async throws {
        var held: [OrderNumber] = []
        var cancelled: [OrderNumber] = []
        for hour in 0..<6 {
            let shipTo = SampleOrders.shipTo(line1: "\(hour) Main St")
            let order = try await placed(
                SampleOrders.order(at: Self.later(Int64(hour) * 3600), to: shipTo, lines: ["A": hour < 3 ? 100 : 1]))
            if hour % 3 == 0 {
                try await perform(.hold(reason: "x"), on: order, at: Self.later(99_999))
                held.append(order.number)
            } else if hour % 3 == 1 {
                try await perform(.cancel(reason: nil, event: EventID(value: 1)), on: order, at: Self.later(99_999))
                cancelled.append(order.number)
            }
        }
        let both = try await page { $0.statuses = [.onHold, .cancelled] }
        #expect(both.summaries.map(\.number) == [cancelled[1], held[1], cancelled[0], held[0]])
        #expect(both.count == CappedCount(4))
        #expect(both.summaries.map(\.holdReason) == [nil, "x", nil, "x"])
        let first = try await page {
            $0.statuses = [.onHold, .cancelled]
            $0.limit = 2
        }
        let second = try await page {
            $0.statuses = [.onHold, .cancelled]
            $0.limit = 2
            $0.before = first.next
        }
        #expect(first.summaries.map(\.number) + second.summaries.map(\.number) == both.summaries.map(\.number))
        #expect(second.next == nil && second.count == CappedCount(4))
        let heavy = try await page {
            $0.statuses = [.onHold, .cancelled]
            $0.flag = .nearLimit
        }
        #expect(heavy.summaries.map(\.number) == [cancelled[0], held[0]] && heavy.count == CappedCount(2))
        let dated = try await page {
            $0.statuses = [.onHold]
            $0.placedFrom = Self.later(3600)
            $0.placedBefore = Self.later(3 * 3600 + 1)
        }
        #expect(dated.summaries.map(\.number) == [held[1]] && dated.count == CappedCount(1))
        let exclusive = try await page { $0.placedBefore = Self.later(3600) }
        #expect(exclusive.summaries.map(\.number) == [held[0]] && exclusive.count == CappedCount(1))
    }

    private func bothDirections() async throws {
        var numbers: [OrderNumber] = []
        for second in 0..<7 {
            let name = second % 2 == 0 ? "Even Reader" : "Odd Reader"
            let shipTo = SampleOrders.shipTo(name: name, line1: "\(second) Main St")
            numbers.append(try await placed(SampleOrders.order(at: Self.later(Int64(second)), to: shipTo)).number)
        }
        let narrowings: [(expected: [OrderNumber], change: @Sendable (inout OrderQuery) -> Void)] = [
            (numbers, { _ in }), (numbers, { $0.statuses = [.placed, .onHold] }),
            (numbers, { $0.search = SearchTerm("reader") }),
            (
                numbers.enumerated().filter { $0.offset % 2 == 0 }.map(\.element),
                {
                    $0.search = SearchTerm("even")
                    $0.statuses = [.placed]
                }
            ),
        ]
        for (expected, change) in narrowings {
            var seen: [OrderNumber] = []
            var cursor: OrderID?
            repeat {
                let page = try await page {
                    change(&$0)
                    $0.oldestFirst = true
                    $0.limit = 3
                    $0.after = cursor
                }
                #expect(page.count == CappedCount(expected.count))
                seen += page.summaries.map(\.number)
                cursor = page.next
            } while cursor != nil
            #expect(seen == expected)
            // Back from the second page of a list that is newest first: the first again.
            let first = try await page {
                change(&$0); $0.limit = 2
            }
            let second = try await page {
                change(&$0); $0.limit = 2; $0.before = first.next
            }
            let back = try await page {
                change(&$0)
                $0.limit = 2
                $0.oldestFirst = true
                $0.after = second.summaries.first?.id
            }
            #expect(back.summaries.reversed().map(\.number) == first.summaries.map(\.number))
            #expect(back.next == nil)
        }
    }

    private func widenedByFlag() async throws {
        let held = try await placed(SampleOrders.order(at: Self.later(1), to: SampleOrders.shipTo(line1: "1 A St")))
        try await perform(.hold(reason: "x"), on: held)
        let heavy = try await placed(
            SampleOrders.order(at: Self.later(2), to: SampleOrders.shipTo(line1: "2 A St"), lines: ["A": 100]))
        let both = try await placed(
            SampleOrders.order(at: Self.later(3), to: SampleOrders.shipTo(line1: "3 A St"), lines: ["A": 100]))
        try await perform(.hold(reason: "x"), on: both)
        try await placed(SampleOrders.order(at: Self.later(4), to: SampleOrders.shipTo(line1: "4 A St")))
        let widened = try await page {
            $0.statuses = [.onHold]
            $0.orFlag = .nearLimit
        }
        #expect(widened.summaries.map(\.number) == [both.number, heavy.number, held.number])
        #expect(widened.count == CappedCount(3))
        let searched = try await found("nunez") {
            $0.statuses = [.onHold]
            $0.orFlag = .nearLimit
        }
        #expect(searched == [held.number, heavy.number, both.number])
    }

    private func daysAreTallied() async throws {
        let day: Int64 = 86_400
        try await placed(SampleOrders.order(at: Self.later(10)))
        try await placed(SampleOrders.order(at: Self.later(20), to: SampleOrders.shipTo(line1: "2 B St")))
        try await deliverAll(at: Self.later(30))
        let next = try await placed(SampleOrders.order(at: Self.later(day)))
        try await placed(SampleOrders.order(at: Self.later(day + 5), to: SampleOrders.shipTo(line1: "3 B St")))
        try await perform(.hold(reason: "x"), on: next, at: Self.later(day + 9))
        let tallies = try await store.tallies(between: [
            Self.now, Self.later(day), Self.later(2 * day), Self.later(3 * day),
        ])
        var first = DayTally()
        first.orders = 2
        first.delivered = 2
        var second = DayTally()
        second.orders = 2
        second.waiting = 1
        #expect(tallies == [first, second, DayTally()])
        #expect(try await store.tallies(between: []).isEmpty)
    }

    private func foundByWords() async throws {
        let zoe = try await placed(
            SampleOrders.order(
                to: SampleOrders.shipTo(name: "Zoë O’Hara-Lee", organization: "St. Mary's Clinic", city: "Peñasco")))
        let sam = try await placed(SampleOrders.order(to: SampleOrders.shipTo(name: "Sam Lee", city: "Peoria")))
        for text in ["zoe", "ZOE oha", "o'hara", "lee pen", "mary", "marys clin", "st zoë"] {
            #expect(try await found(text) == [zoe.number], "\(text)")
        }
        #expect(try await found("lee") == [zoe.number, sam.number])
        #expect(try await found("pe le") == [zoe.number, sam.number])
        for text in ["oe", "zoe sam", "hara", "leee"] { #expect(try await found(text).isEmpty, "\(text)") }
        #expect(try await found("lee") { $0.statuses = [.cancelled] }.isEmpty)
        #expect(try await found("lee") { $0.statuses = [.placed] }.count == 2)
        #expect(try await found("lee") { $0.placedFrom = Self.later(1) }.isEmpty)
    }

    private func foundByEmail() async throws {
        let ana = try await placed(SampleOrders.order(email: "Ana.O'Neil+x@Mail.example.org"))
        let bob = try await placed(SampleOrders.order(email: "bob@example.org"))
        #expect(try await found("ana.o'neil+x@mail.example.org") == [ana.number])
        #expect(try await found("ANA.O'NEIL+x@m") == [ana.number])
        #expect(try await found("bob@") == [bob.number])
        #expect(try await found("@example.org") == [bob.number])
        #expect(try await found("@mail.example.org") == [ana.number])
        for text in ["na.o'neil+x@", "ana@", "@example", "b ob@", "bob@\u{0}", "ana.o'neil@"] {
            #expect(try await found(text).isEmpty, "\(text)")
        }
        // An e-mail is not a word of a name.
        #expect(try await found("bob").isEmpty)
    }

    private func foundByDigits() async throws {
        let plain = try await placed()
        let phoned = try await placed(SampleOrders.order(to: SampleOrders.shipTo(phone: "+1 (217) 555-0123")))
        let extended = try await placed(SampleOrders.order(to: SampleOrders.shipTo(phone: "+1 (787) 555-0199 x12")))
        for text in ["787-555-0199", "+1 787 555 0199", "787 555 0199 12"] {
            #expect(try await found(text) == [extended.number], "\(text)")
        }
        try await apply(SampleOrders.tracked(plain.number, .preTransit, second: 1), "w1")
        #expect(try await found(plain.number.description) == [plain.number])
        #expect(try await found(String(plain.number.description.filter { $0 != "-" })) == [plain.number])
        for text in ["217-555-0123", "(217) 555", "12175550123", "+1 217 555"] {
            #expect(try await found(text) == [phoned.number], "\(text)")
        }
        for text in ["9400100000 0001", "9400-1000-0000-01"] { #expect(try await found(text) == [plain.number]) }
        for text in ["5550123", "94001000000", "21"] { #expect(try await found(text).isEmpty, "\(text)") }
    }

    private func foundByTracking() async throws {
        let order = try await placed()
        try await apply(SampleOrders.tracked(order.number, .preTransit, second: 1, tracking: "1Z 999-AA1"), "w1")
        #expect(try await found("1z999aa1") == [order.number])
        #expect(try await found("1Z 999 AA1") == [order.number])
        #expect(try await found("1Z999").isEmpty)
    }

    private func typedIsNeverSyntax() async throws {
        let order = try await placed(SampleOrders.order(to: SampleOrders.shipTo(name: "Near And Or Not")))
        #expect(try await found("and or not") == [order.number])
        #expect(try await found("near") == [order.number])
        for text in [
            "\"", "a\" OR \"b", "a OR b", "words:near", "near(a b, 2)", "a*", "^near b", "-a", "{words}: a", "a + b",
            "'; DROP TABLE orders; --", "\"@x.org\"", "a\"b@x.org", "@\"", "(((", "a AND", "\\", "%", "x@*",
        ] {
            guard let term = SearchTerm(text) else { continue }
            _ = try await page { $0.search = term }
        }
        let many = (0..<500).map { "w\($0)" }.joined(separator: " ")
        #expect(try await found(many).isEmpty)
    }

    private func foundArePaged() async throws {
        for second in 0..<5 { try await placed(SampleOrders.order(at: Self.later(Int64(second)))) }
        var seen: [OrderNumber] = []
        var cursor: OrderID?
        repeat {
            let page = try await page {
                $0.search = SearchTerm("ana spring")
                $0.limit = 2
                $0.before = cursor
            }
            #expect(page.count == CappedCount(5))
            seen += page.summaries.map(\.number)
            cursor = page.next
        } while cursor != nil
        #expect(try await seen == page().summaries.map(\.number))
    }

    private func countedByStatus() async throws {
        for _ in 0..<3 { try await placed() }
        try await perform(.hold(reason: "x"), on: placed())
        let counts = try await store.counts()
        #expect(counts[.placed] == CappedCount(3) && counts[.onHold] == CappedCount(1))
        #expect(counts.count == OrderStatus.allCases.count && counts[.delivered] == CappedCount(0))
    }

    private func deliveriesArePaged() async throws {
        for second in 0..<5 { try await placed(SampleOrders.order(at: Self.later(Int64(second)))) }
        for claim in try await claim(at: Self.later(9), limit: 2).claims {
            _ = try await store.settle(claim, as: .delivered, attempt: Self.attempt())
        }
        func page(_ states: Set<DeliveryState>, before: EventID? = nil, limit: Int = 2) async throws -> DeliveryPage {
            var query = DeliveryQuery()
            query.states = states
            query.before = before
            query.limit = limit
            return try await store.deliveries(query)
        }
        let first = try await page([.pending])
        let second = try await page([.pending], before: first.next)
        #expect(first.deliveries.count == 2 && second.deliveries.count == 1 && second.next == nil)
        #expect(first.count == CappedCount(3))
        let ids = (first.deliveries + second.deliveries).map(\.id)
        #expect(ids == ids.sorted(by: >))
        #expect(try await page([.delivered]).deliveries.count == 2)
        #expect(try await page([.delivered, .pending], limit: 9).deliveries.count == 5)
        #expect(try await page([], limit: 9).count == CappedCount(5))
        #expect(try await page([.exhausted]).deliveries.isEmpty)
    }
}
