import Orders
import Testing

extension StoreConformance {
    static var smallTableCases: [Case] {
        [
            Case("titles keep their order and change in place") { try await $0.titlesKeepTheirOrder() },
            Case("two imports at once both count") { try await $0.importsAtOnceBothCount() },
            Case("a token is found by its hash until it is revoked") { try await $0.tokenUntilRevoked() },
            Case("a name serves one live token") { try await $0.nameServesOneToken() },
            Case("the probe writes and nobody sees it") { try await $0.probeIsUnseen() },
        ]
    }

    private func titlesKeepTheirOrder() async throws {
        #expect(store.catalog.titles.isEmpty)
        let version = store.catalog.version
        let full = Title(
            sku: "C", title: "Título, \"C\"", language: "es", format: "fact sheet", description: "Más",
            unitWeight: StatedWeight(millionths: 123_456, unit: .gram), maxQuantity: 7, available: false,
            pdfURL: "https://example.org/c.pdf")
        let first = try await store.put([SampleOrders.title("B"), SampleOrders.title("A"), full])
        #expect(first.added == ["B", "A", "C"] && first.changed.isEmpty && first.unchanged == 0)
        #expect(store.catalog.titles == [SampleOrders.title("B"), SampleOrders.title("A"), full])
        #expect(store.catalog.version > version)
        let heavier = SampleOrders.title("B", ounces: 9)
        let second = try await store.put([SampleOrders.title("D"), heavier, SampleOrders.title("A")])
        #expect(second.added == ["D"] && second.changed == ["B"] && second.unchanged == 1)
        #expect(store.catalog.titles.map(\.sku) == ["B", "A", "C", "D"])
        #expect(store.catalog["B"] == heavier)
        let settled = store.catalog.version
        _ = try await store.put([heavier])
        #expect(store.catalog.version == settled)
    }

    private func importsAtOnceBothCount() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask { [store] in _ = try await store.put([SampleOrders.title("T\(number)")]) }
            }
            try await group.waitForAll()
        }
        #expect(store.catalog.titles.count == 10)
    }

    private func tokenUntilRevoked() async throws {
        let token = StaffToken(name: "kim", scopes: [.ordersRead, .catalogWrite], createdAt: Self.now)
        #expect(try await store.add(token, hash: [1, 2, 3]))
        #expect(try await store.token(hash: [1, 2, 3]) == token)
        #expect(try await store.token(hash: [1, 2, 4]) == nil)
        #expect(try await store.tokens() == [token])
        #expect(try await store.revoke(name: "kim", at: Self.later(1)))
        #expect(try await store.revoke(name: "kim", at: Self.later(1)) == false)
        #expect(try await store.token(hash: [1, 2, 3]) == nil)
        #expect(try await store.tokens().isEmpty)
    }

    private func nameServesOneToken() async throws {
        let token = StaffToken(name: "kim", scopes: [.admin], createdAt: Self.now)
        #expect(try await store.add(token, hash: [1]))
        #expect(try await store.add(token, hash: [2]) == false)
        #expect(try await store.revoke(name: "kim", at: Self.later(1)))
        #expect(try await store.add(token, hash: [3]))
        #expect(try await store.token(hash: [3]) == token)
    }

    private func probeIsUnseen() async throws {
        let order = try await placed()
        let before = try await detail(order)
        try await store.probe()
        #expect(try await detail(order) == before)
    }
}
