import Foundation
import GRDB
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// What is left of a person in the files, byte by byte, once they are forgotten.
@Suite(.timeLimit(.hanging)) struct ForgettingTests {
    private static let rule = RetentionRule(days: 90)
    private static let end = SampleOrders.start.adding(days: 91)

    // MARK: Everything that can be said of a person

    /// A text that stands nowhere else.
    private static func mark(_ kind: String, _ index: Int) -> String { "\(kind)qz\(100_000 + index)xj" }

    private static let kinds = [
        "name", "org", "linea", "lineb", "city", "mail", "note", "staff", "ship", "cancel", "refused", "ref",
        "expect", "track", "turl", "msg", "loc", "kept", "key", "reject",
    ]

    /// Places orders, and has everything happen to them that leaves words.
    private func fill(_ store: OrderDatabase, orders count: Int) async throws -> [Order] {
        let orders = (0..<count).map(order)
        let all = Array(orders.enumerated())
        try await together(all) { index, order in
            let key = IdempotencyKey(value: Self.mark("key", index), digest: Array(repeating: 7, count: 32))
            _ = try await store.place(order, announcing: SampleOrders.announcement(of: order), key: key)
        }
        try await together(all.filter { $0.offset % 5 == 0 }) { try await correctAddress(of: $1, $0, store) }
        try await deliverAll(store)
        try await together(all) { try await say($0, of: $1, to: store) }
        try await deliverAll(store)
        // Parcels come in another order than orders did.
        for (status, hour) in [(PackageStatus.inTransit, Int64(1)), (.outForDelivery, 2), (.delivered, 3)] {
            try await together(all.sorted { $0.offset % 7 < $1.offset % 7 }) { index, order in
                try await track(status, of: order, index, hour: hour, store)
            }
        }
        try await store.upkeep?.catchUp()
        return orders
    }

    /// At the same time, so that they share commits.
    private func together(
        _ orders: [(offset: Int, element: Order)], _ work: @escaping @Sendable (Int, Order) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, order) in orders { group.addTask { try await work(index, order) } }
            try await group.waitForAll()
        }
    }

    private func order(_ index: Int) -> Order {
        let identity = OrderIdentity.random(at: SampleOrders.start.adding(milliseconds: Int64(index)))
        return Order(
            id: identity.id, number: identity.number, statusToken: identity.token,
            placedAt: identity.id.timestamp, updatedAt: identity.id.timestamp,
            lines: [LineItem(SampleOrders.title("A"), quantity: 5)], weightLimit: SampleOrders.limit,
            shipTo: ShipTo(
                name: Self.mark("name", index), organization: Self.mark("org", index),
                line1: Self.mark("linea", index), line2: Self.mark("lineb", index), city: Self.mark("city", index),
                region: "IL", postalCode: "62701", country: "US", phone: "217-555-\(1000 + index)"),
            email: Self.mark("mail", index) + "@example.org", requesterType: .patient, language: .english,
            notes: Self.mark("note", index), reshipOf: nil, facts: OrderFacts())
    }

    private func correctAddress(of order: Order, _ index: Int, _ store: OrderDatabase) async throws {
        let at = SampleOrders.start.adding(seconds: 60)
        let new = SampleOrders.shipTo(name: Self.mark("ship", index), line1: Self.mark("ship", index))
        for action in [
            StaffAction.hold(reason: Self.mark("hold", index)), .correctAddress(new), .release(event: .draw(at: at)),
        ] {
            _ = try await store.perform(action, on: order.number, by: .staff("kim"), at: at, ifMatch: nil)
        }
    }

    private func deliverAll(_ store: OrderDatabase) async throws {
        let at = SampleOrders.start.adding(seconds: 300)
        while true {
            let claims = try await store.claim(ClaimRequest(endpoint: "fulfillment", limit: 100, now: at)).claims
            if claims.isEmpty { return }
            for claim in claims {
                let attempt = DeliveryAttempt(startedAt: at, endedAt: at, status: 200, error: nil)
                _ = try await store.settle(claim, as: .delivered, attempt: attempt)
            }
        }
    }

    private func say(_ index: Int, of order: Order, to store: OrderDatabase) async throws {
        let at = SampleOrders.start.adding(seconds: 600)
        _ = try await store.perform(
            .note(Self.mark("staff", index) + String(repeating: " and more", count: index % 40)), on: order.number,
            by: .staff("kim"), at: at, ifMatch: nil)
        if index % 3 == 0 {
            _ = try await store.perform(
                .cancel(reason: Self.mark("cancel", index), event: .draw(at: at)), on: order.number, by: .staff("kim"),
                at: at, ifMatch: nil)
        }
        let said: [HouseMessage.Content] = [
            .acknowledged(houseReference: Self.mark("ref", index)), .rejected(reason: Self.mark("reject", index)),
            .cancellationRefused(reason: Self.mark("refused", index), items: nil),
            .backordered(items: [ItemCount(sku: "A", quantity: 1)], expectedAt: Self.mark("expect", index)),
        ]
        for (place, content) in said.enumerated() where place != 1 || index % 4 == 0 {
            let update = ShippingUpdate(
                id: "said \(index) \(place)", type: "order.said", orderNumber: order.number.description,
                sentAt: at.adding(seconds: Int64(place)), content: .message(content))
            _ = try await store.apply(update, received: SampleOrders.receipt("said \(index) \(place)", at: at))
        }
        let unknown = ShippingUpdate(
            id: "kept \(index)", type: "order.new_kind", orderNumber: order.number.description, sentAt: at,
            content: .unknown(reason: "not known"))
        let body = Array(#"{"about":"\#(Self.mark("kept", index))"}"#.utf8)
        _ = try await store.apply(
            unknown, received: WebhookReceipt(id: "kept \(index)", digest: [UInt8(index % 256)], bytes: body, at: at))
    }

    private func track(
        _ status: PackageStatus, of order: Order, _ index: Int, hour: Int64, _ store: OrderDatabase
    ) async throws {
        let at = SampleOrders.start.adding(seconds: hour * 3600)
        let update = PackageUpdate(
            packageID: "P1", carrier: "usps", trackingNumber: Self.mark("track", index).uppercased(),
            trackingURL: "https://t.example/" + Self.mark("turl", index), status: status,
            items: SampleOrders.items(of: order), occurredAt: at, receivedAt: at, message: Self.mark("msg", index),
            location: Self.mark("loc", index))
        let told = ShippingUpdate(
            id: "t", type: "package.updated", orderNumber: order.number.description, sentAt: at,
            content: .package(update))
        _ = try await store.apply(told, received: SampleOrders.receipt("track \(index) \(hour)", at: at))
    }

    // MARK: Looking

    /// How often each kind of mark stands in the database's files, in any case.
    private func remains(in path: String) throws -> [String: Int] {
        var found: [String: Int] = [:]
        for suffix in ["", "-wal", "-shm"] {
            guard let data = try? Data(contentsOf: URL(fileURLWithPath: path + suffix)) else { continue }
            for sign in [Data("qz1".utf8), Data("QZ1".utf8)] {
                var start = data.startIndex
                while let place = data.range(of: sign, in: start..<data.endIndex) {
                    start = place.upperBound
                    let before = data[max(data.startIndex, place.lowerBound - 10)..<place.lowerBound]
                    // What stands before a mark may be letters, too.
                    let text = String(decoding: before, as: UTF8.self).lowercased()
                    found[Self.kinds.first { text.hasSuffix($0) } ?? text, default: 0] += 1
                }
            }
        }
        return found
    }

    /// Packed bodies cannot be read in the file, but the very bytes of some can be looked for.
    private func packedBodies(_ store: OrderDatabase) async throws -> [Data] {
        try await store.read { db in
            try db.rows("SELECT body FROM packed_payloads WHERE id % 8 = 0") { Data(try $0.bytes().suffix(40)) }
        }
    }

    private func count(of pieces: [Data], in path: String) throws -> Int {
        let files = ["", "-wal"].compactMap { try? Data(contentsOf: URL(fileURLWithPath: path + $0)) }
        return pieces.count { piece in files.contains { $0.range(of: piece) != nil } }
    }

    // MARK: Tests

    @Test func nothingOfAnErasedOrderIsLeftInTheFiles() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let orders = 200
        _ = try await fill(store, orders: orders)
        let bodies = try await packedBodies(store)
        #expect(bodies.count > 5)
        // The control: what is looked for is there to be found.
        let before = try remains(in: database.path)
        for kind in Self.kinds { #expect(before[kind, default: 0] > 0, "\(kind) is not found before, \(before)") }
        #expect(try count(of: bodies, in: database.path) == bodies.count)

        #expect(try await store.eraseDue(by: Self.rule, at: Self.end).orders == orders)
        // The second control: erasing alone leaves what only scrubbing takes.
        #expect(try !remains(in: database.path).isEmpty)
        #expect(try await store.scrub(whole: false, at: Self.end) == .nothingLeft)

        let after = try remains(in: database.path)
        #expect(after == [:], "\(after)")
        #expect(try count(of: bodies, in: database.path) == 0)
        let rows = try await store.read { db in
            try [
                "payloads", "packed_payloads", "search_words", "tracking_numbers", "inbound_updates",
                "idempotency_keys",
            ]
            .map { try db.integer("SELECT count(*) FROM \($0)") ?? -1 }
        }
        #expect(rows == [0, 0, 0, 0, 0, 0])
        #expect(try await store.orders(OrderQuery()).count.value == orders)
        #expect(try await store.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
        await store.close()
        #expect(try remains(in: database.path) == [:])
    }

    @Test func theOthersStayWholeAndAreFound() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let orders = try await fill(store, orders: 60)
        let gone = orders.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        for order in gone {
            _ = try await store.erase(order.number, force: false, by: .staff("kim"), at: Self.end, ifMatch: nil)
        }
        #expect(try await store.scrub(whole: false, at: Self.end) == .nothingLeft)
        let left = try remains(in: database.path)
        #expect(left["name"] != nil)
        for (index, order) in orders.enumerated() {
            var query = OrderQuery()
            query.search = SearchTerm(Self.mark("name", index))
            let isCorrected = index % 5 == 0
            let found = try await store.orders(query).summaries.map(\.number)
            #expect(found == (index % 2 == 0 || isCorrected ? [] : [order.number]), "\(index)")
        }
        // The words are counted down with their orders.
        let counts = try await store.read { db in
            try db.rows("SELECT word, orders FROM search_words WHERE orders > 1") { columns in
                try (word: columns.text(), orders: columns.int())
            }
        }
        #expect(counts.map(\.word) == ["springfield"] && counts.first?.orders == 6)
        await store.close()
    }

    @Test func aFileTooLargeToRewriteIsCleanInItsIndexAndSaysWhatMayBeLeft() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        _ = try await fill(store, orders: 30)
        _ = try await store.eraseDue(by: Self.rule, at: Self.end)
        let writer = try #require(store.writer)
        let scrubber = Scrubber(database: store, writer: writer, largestBytes: 1000)
        #expect(try await scrubber.run(whole: false, at: Self.end) == .fileTooLarge)
        #expect(try await store.retention(by: Self.rule, at: Self.end).hasRemains)
        let size = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")[.size] as? Int
        #expect(size == 0)
        #expect(try await scrubber.run(whole: true, at: Self.end) == .nothingLeft)
        #expect(try await !store.retention(by: Self.rule, at: Self.end).hasRemains)
        #expect(try remains(in: database.path) == [:])
        await store.close()
    }

    /// SQLite keeps the log as long as a reader needs it.
    @Test func aReaderPostponesTheEndAndOthersWriteMeanwhile() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        _ = try await fill(store, orders: 5)
        _ = try await store.eraseDue(by: Self.rule, at: Self.end)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: database.path, configuration: configuration)
        try reader.inDatabase { db in
            try db.execute(sql: "BEGIN; SELECT count(*) FROM orders")
        }
        let writer = try #require(store.writer)
        var scrubber = Scrubber(database: store, writer: writer)
        scrubber.cutAttempts = 2
        #expect(try await scrubber.run(whole: false, at: Self.end) == .logInUse)
        #expect(try await store.retention(by: Self.rule, at: Self.end).hasRemains)
        try await store.probe()
        try reader.inDatabase { try $0.execute(sql: "COMMIT") }
        try reader.close()
        #expect(try await store.scrub(whole: false, at: Self.end) == .nothingLeft)
        #expect(try remains(in: database.path) == [:])
        await store.close()
    }

    @Test func whatIsErasedCountsAsNoDuplicateAnyMore() async throws {
        let database = try DatabaseInFolder()
        let store = database.store
        let writer = StoreWriter(store: store)
        let first = try await writer.place()
        let at = SampleOrders.start.adding(seconds: 60)
        #expect(try await writer.place(SampleOrders.order(at: at)).flags == [.possibleDuplicate])
        #expect(store.twins.count == 1)
        for order in try await store.orders(OrderQuery()).summaries {
            _ = try await store.erase(order.number, force: true, by: .staff("kim"), at: at, ifMatch: nil)
        }
        #expect(store.twins.count == 0)
        #expect(try await writer.place(SampleOrders.order(at: at)).flags == [])
        let erased = try await store.order(first.number)
        #expect(erased?.facts.erasedAt == at)
        await store.close()
    }

    // MARK: Copies

    @Test func aCopyTellsHowManyArePastTheirTimeAndIsLeftAlone() async throws {
        let database = try DatabaseInFolder()
        _ = try await fill(database.store, orders: 12)
        try await StoreWriter(store: database.store).place(SampleOrders.order(at: Self.end))
        await database.store.close()
        let copy = database.folder.path + "/50% of #1?.db"
        try FileManager.default.copyItem(atPath: database.path, toPath: copy)
        let before = try Data(contentsOf: URL(fileURLWithPath: copy))
        #expect(try RetentionLook.look(into: copy, by: Self.rule, at: SampleOrders.start) == .init(orders: 13, due: 0))
        #expect(try RetentionLook.look(into: copy, by: Self.rule, at: Self.end) == .init(orders: 13, due: 12))
        let year = Self.end.adding(days: 366)
        #expect(try RetentionLook.look(into: copy, by: Self.rule, at: year) == .init(orders: 13, due: 13))
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == before)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: database.folder.path).filter { $0.hasPrefix("50") }
                .count == 1)
        #expect(throws: OpenError.missing) {
            try RetentionLook.look(into: database.folder.path + "/none.db", by: Self.rule, at: year)
        }
        try Data("no database at all, just words and words".utf8).write(to: URL(fileURLWithPath: copy))
        #expect(throws: OpenError.notADatabase) { try RetentionLook.look(into: copy, by: Self.rule, at: year) }
    }

    @Test func aRestoredFileIsErasedAtOnce() async throws {
        let database = try DatabaseInFolder()
        _ = try await fill(database.store, orders: 8)
        await database.store.close()
        let store = try OrderDatabase.open(path: database.path, queueLimit: 10)
        let report = try await store.retention(by: Self.rule, at: Self.end.adding(days: 30))
        #expect(report.due == 8 && report.overdue == 8)
        #expect(try await store.eraseDue(by: Self.rule, at: Self.end.adding(days: 30)).orders == 8)
        await store.close()
        let after = try RetentionLook.look(into: database.path, by: Self.rule, at: Self.end.adding(days: 30))
        #expect(after == .init(orders: 8, due: 0))
    }
}
