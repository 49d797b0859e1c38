import TestSupport
import Testing

@testable import Orders

@Suite struct OrderNumberTests {
    @Test func theCheckDigitIsLuhns() {
        // The textbook's 7992739871 sums to 67 and has check digit 3; without its leading 7 that is 60, and 0.
        #expect(OrderNumber(serial: 992_739_871).value % 10 == 0)
        #expect(OrderNumber("4829-1504-75") != nil)
        #expect(OrderNumber(serial: 482_915_047).description == "4829-1504-75")
    }

    @Test(arguments: ["4829150475", "4829-1504-75", " 4829 1504 75 ", "48-29150475"])
    func hyphensAndSpacesDoNotMatter(text: String) {
        #expect(OrderNumber(text)?.description == "4829-1504-75")
    }

    @Test(arguments: ["", "482915047", "48291504755", "4829-1504-76", "4829_1504_75", "٤٨٢٩١٥٠٤٧٥", "48291504７5"])
    func whatIsNoNumberIsRefused(text: String) {
        #expect(OrderNumber(text) == nil)
    }

    @Test(arguments: 0..<100) func everySingleWrongDigitIsNoticed(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let number = OrderNumber(serial: .random(in: 0...999_999_999, using: &generator))
        let digits = Array(number.description.filter(\.isNumber))
        #expect(OrderNumber(String(digits)) == number)
        for place in digits.indices {
            for wrong in "0123456789" where wrong != digits[place] {
                var changed = digits
                changed[place] = wrong
                #expect(OrderNumber(String(changed)) == nil, "seed \(seed)")
            }
        }
    }

    /// The places of a thousand lie together; their digits do not show it.
    @Test func numbersOfAnHourLieTogetherInTheIndexAndLookRandom() {
        let draw = OrderNumberDraw()
        let numbers = (0..<5 * OrderNumberDraw.drawsPerRegion).map { _ in draw.next() }
        for start in stride(from: 0, to: numbers.count, by: OrderNumberDraw.drawsPerRegion) {
            let some = numbers[start..<start + OrderNumberDraw.drawsPerRegion]
            #expect(Set(some.map { $0.place / OrderNumberDraw.regionSize }).count == 1)
            #expect(Set(some).count == OrderNumberDraw.drawsPerRegion, "none is drawn twice")
            for divisor in Self.digits {
                // Each digit about as often as each other one, in each thousand: 100 times with a deviation of 9.
                let counts = Dictionary(grouping: some) { $0.value / 10 / divisor % 10 }.mapValues(\.count)
                #expect(counts.count == 10 && counts.values.allSatisfy { (40...160).contains($0) }, "\(divisor)")
            }
            // The first three of one number say nothing of the next one's.
            #expect(zip(some, some.dropFirst()).count { $0.value / 10_000_000 == $1.value / 10_000_000 } < 15)
        }
        // Another process begins elsewhere, but for one time in a thousand.
        let beginnings = (0..<10).map { _ in OrderNumberDraw().next().place / OrderNumberDraw.regionSize }
        #expect(Set(beginnings).count > 5)
    }

    private static let digits: [Int64] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]

    @Test(arguments: 0..<100) func aNumberHasOnePlaceAndAPlaceOneNumber(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let serial = Int64.random(in: 0...999_999_999, using: &generator)
        for serial in [serial, 0, 1, 999_999_999] {
            let number = OrderNumber(serial: serial)
            #expect((0...999_999_999).contains(number.place) && OrderNumber(place: number.place) == number)
        }
    }

    @Test func aTokenIsReadBackAndComparesWholly() throws {
        let token = StatusToken.random(for: .draw(at: Sample.now))
        let read = try #require(StatusToken(token.text))
        #expect(read == token && read.matches(token) && token.text.utf8.count == 32)
        #expect(!read.matches(.random(for: token.orderID)))
        #expect(StatusToken(String(token.text.dropLast())) == nil && StatusToken(token.text + "A") == nil)
        #expect(StatusToken(String(repeating: "_", count: 32)) == nil)
    }

    @Test func keysSortByTimeAndReadAsWebhookIDs() throws {
        let earlier = EventID.draw(at: Sample.now)
        let later = EventID.draw(at: Sample.now.adding(milliseconds: 1))
        #expect(earlier < later && earlier.timestamp == Sample.now)
        #expect(EventID(earlier.description) == earlier && earlier.description.hasPrefix("msg_"))
        #expect(EventID("msg_") == nil && EventID("msg_zzzzzzzzzzzzzzzz") == nil)
    }
}
