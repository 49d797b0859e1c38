import Testing

@testable import Web

struct AllowancesTests {
    private func client(_ number: Int) throws -> Allowances.Key {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        return Allowances.Key(rule: 0, address: try #require(ClientAddress(bytes)))
    }

    @Test func aFloodOfAddressesFillsNoMemoryAndForgivesNobodyWhoInsists() throws {
        let allowances = Allowances()
        let guesser = try client(0)
        for _ in 0..<10 { #expect(allowances.take(guesser, perMinute: 10, at: 0).isAllowed) }
        #expect(!allowances.take(guesser, perMinute: 10, at: 0).isAllowed)
        for number in 1...200_000 { _ = allowances.take(try client(number), perMinute: 10, at: 0) }
        #expect(allowances.count <= Allowances.addressesAtMost)
        #expect(!allowances.take(guesser, perMinute: 10, at: 0).isAllowed)
    }

    @Test func whoseAllowanceIsWholeAgainIsForgottenFirst() throws {
        let allowances = Allowances()
        for number in 0..<Allowances.addressesAtMost { _ = allowances.take(try client(number), perMinute: 10, at: 0) }
        _ = allowances.take(try client(-1), perMinute: 10, at: 7000)
        #expect(allowances.count == 1)
    }

    @Test func anAllowanceIsRefilledEvenly() throws {
        let (allowances, key) = (Allowances(), try client(1))
        #expect(allowances.look(key, perMinute: 3, at: 0).remaining == 3)
        #expect((0..<3).map { _ in allowances.take(key, perMinute: 3, at: 0).remaining } == [2, 1, 0])
        let refused = allowances.take(key, perMinute: 3, at: 0)
        #expect(!refused.isAllowed && refused.waitMilliseconds == 20_000)
        #expect(!allowances.look(key, perMinute: 3, at: 19_999).isAllowed)
        #expect(allowances.take(key, perMinute: 3, at: 20_000).isAllowed)
        #expect(!allowances.take(key, perMinute: 3, at: 20_000).isAllowed)
        #expect(allowances.look(key, perMinute: 3, at: 80_000).remaining == 3)
    }
}
