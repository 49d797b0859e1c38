import Orders
import Testing

extension StoreConformance {
    static let draftCases = [
        Case("a draft is kept, changed and found by its hash alone") { try await $0.aDraftIsKept() },
        Case("a draft ends a day after its last change, and is swept") { try await $0.aDraftEnds() },
        Case("a draft whose order was placed only knows where it is") { try await $0.aPlacedDraft() },
        Case("a draft that was forgotten is gone") { try await $0.aForgottenDraft() },
    ]

    private static func hash(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

    private static func sheet(_ name: String) -> AnswerSheet {
        var sheet = AnswerSheet(key: "page-1")
        sheet.name = name
        sheet.lines = [.init(sku: "A", copies: "2")]
        return sheet
    }

    func aDraftIsKept() async throws {
        let (first, second) = (Self.sheet("Ana"), Self.sheet("Ana María"))
        #expect(try await store.sheet(Self.hash(1), at: Self.now) == nil)
        for sheet in [first, second] {
            #expect(try await store.keep(sheet, as: Self.hash(1), at: Self.now))
            #expect(try await store.sheet(Self.hash(1), at: Self.now) == .open(sheet))
        }
        #expect(try await store.sheet(Self.hash(2), at: Self.now) == nil)
        #expect(try await reopened().sheet(Self.hash(1), at: Self.now) == .open(second))
    }

    func aDraftEnds() async throws {
        let day = AnswerSheet.lifetimeSeconds
        _ = try await store.keep(Self.sheet("Ana"), as: Self.hash(1), at: Self.now)
        _ = try await store.keep(Self.sheet("Bo"), as: Self.hash(2), at: Self.later(60))
        #expect(try await store.sheet(Self.hash(1), at: Self.later(day - 1)) != nil)
        #expect(try await store.sheet(Self.hash(1), at: Self.later(day)) == nil)
        #expect(try await store.sweepSheets(at: Self.later(day)) == 1)
        #expect(try await store.sweepSheets(at: Self.later(day)) == 0)
        // Gone, and not only hidden by the time.
        #expect(try await store.sheet(Self.hash(1), at: Self.now) == nil)
        #expect(try await store.sheet(Self.hash(2), at: Self.later(day)) != nil)
    }

    func aPlacedDraft() async throws {
        let order = try await placed()
        _ = try await store.keep(Self.sheet("Ana"), as: Self.hash(1), at: Self.now)
        try await store.close(Self.hash(1), placed: order.statusToken, at: Self.later(5))
        let placed = KeptSheet.placed(token: order.statusToken, at: Self.later(5))
        #expect(try await store.sheet(Self.hash(1), at: Self.later(6)) == placed)
        // Neither a late change nor another end makes it anything else.
        #expect(try await store.keep(Self.sheet("Bo"), as: Self.hash(1), at: Self.later(7)) == false)
        try await store.close(Self.hash(1), placed: .random(for: order.id), at: Self.later(8))
        #expect(try await store.sheet(Self.hash(1), at: Self.later(9)) == placed)
        #expect(try await store.sweepSheets(at: Self.later(6 + AnswerSheet.lifetimeSeconds)) == 1)
    }

    func aForgottenDraft() async throws {
        _ = try await store.keep(Self.sheet("Ana"), as: Self.hash(1), at: Self.now)
        try await store.forget(Self.hash(1))
        #expect(try await store.sheet(Self.hash(1), at: Self.now) == nil)
    }
}
