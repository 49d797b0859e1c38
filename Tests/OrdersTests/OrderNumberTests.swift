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

    /// A thousand share their first three digits, and only those; the rest is as random as ever.
    @Test func numbersOfAnHourLieTogetherAndAreRandomInThere() {
        let draw = OrderNumberDraw()
        let serials = (0..<5 * OrderNumberDraw.drawsPerRegion).map { _ in draw.next().value / 10 }
        for start in stride(from: 0, to: serials.count, by: OrderNumberDraw.drawsPerRegion) {
            let some = serials[start..<start + OrderNumberDraw.drawsPerRegion]
            #expect(Set(some.map { $0 / OrderNumberDraw.regionSize }).count == 1)
            #expect(Set(some).count == OrderNumberDraw.drawsPerRegion, "none is drawn twice")
        }
        for divisor in [1, 10, 100, 1000, 10_000, 100_000] as [Int64] {
            // Each digit about as often as each other one: 500 times with a deviation of 21.
            let counts = Dictionary(grouping: serials) { $0 / divisor % 10 }.mapValues(\.count)
            #expect(counts.count == 10 && counts.values.allSatisfy { (370...630).contains($0) }, "\(divisor)")
        }
        // Another process begins elsewhere, but for one time in a thousand.
        let beginnings = (0..<10).map { _ in OrderNumberDraw().next().value / 10 / OrderNumberDraw.regionSize }
        #expect(Set(beginnings).count > 5)
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
