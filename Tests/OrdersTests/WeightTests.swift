import Foundation
import Orders
import TestSupport
import Testing

@Suite struct WeightTests {
    @Test(arguments: [
        ("5 lb", 4), ("0.1 lb", 200), ("1 oz", 320), ("3.2 oz", 100), ("20 lb", 1), ("6.4 oz", 50),
        ("0.000001 lb", 20_000_000),
    ])
    func twentyPoundsExactlyAreWithinTheLimit(unit: String, copies: Int) throws {
        let total = try #require(StatedWeight(parsing: unit)).weight * copies
        #expect(total == Sample.limit.weight)
    }

    @Test(arguments: ["0.000001 oz", "0.000001 lb", "0.000001 g", "0.000001 kg"])
    func oneMillionthMoreIsOver(millionth: String) throws {
        let more = Sample.limit.weight + (try #require(StatedWeight(parsing: millionth))).weight
        #expect(more > Sample.limit.weight)
        let shown = (more - Sample.limit.weight).stated(in: .pound, rounded: .up)
        #expect(shown.millionths >= 1)
    }

    @Test func theLimitInGramsIsTheDefinitionOfThePound() throws {
        #expect(try #require(StatedWeight(parsing: "9071.8474 g")).weight == Sample.limit.weight)
        #expect(try #require(StatedWeight(parsing: "9.071847 kg")).weight < Sample.limit.weight)
        #expect(try #require(StatedWeight(parsing: "9.071848 kg")).weight > Sample.limit.weight)
    }

    /// The reference is decimal arithmetic in grams, exact to 38 digits: another way to the same sums.
    @Test(arguments: 0..<200) func sumsAgreeWithExactDecimals(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let grams: [WeightUnit: Decimal] = [
            .ounce: Decimal(string: "28.349523125")!, .pound: Decimal(string: "453.59237")!, .gram: 1, .kilogram: 1000,
        ]
        var sum = Weight.zero
        var reference = Decimal(0)
        for _ in 0..<20 {
            let millionths = Int.random(in: 1...9_999_999, using: &generator)
            let unit = WeightUnit.allCases.randomElement(using: &generator)!
            let copies = Int.random(in: 1...500, using: &generator)
            sum = sum + StatedWeight(millionths: Int128(millionths), unit: unit).weight * copies
            reference += Decimal(millionths) / 1_000_000 * grams[unit]! * Decimal(copies)
        }
        // A quantum is 0.625 pg.
        #expect(Decimal(string: "\(sum.quanta)")! * Decimal(string: "0.000000000000625")! == reference, "seed \(seed)")
        for unit in WeightUnit.allCases {
            let up = sum.stated(in: unit, rounded: .up)
            let down = sum.stated(in: unit, rounded: .down)
            #expect(up.weight >= sum && down.weight <= sum && up.millionths - down.millionths <= 1, "seed \(seed)")
        }
    }

    @Test(arguments: [
        "", "oz", "3.2", "-1 oz", "0 oz", "0.0 lb", "1e3 oz", "1.2345678 oz", ".5 oz", "1. oz", "3,2 oz", "10000000 g",
        "1000000.000001 lb", "3.2 stone", "1 2 oz", "٣ oz",
    ])
    func whatIsNoWeightIsRefused(text: String) {
        #expect(StatedWeight(parsing: text) == nil)
    }

    @Test(arguments: [("3.20 oz", "3.2 oz"), ("  91g ", "91 g"), ("0.000001kg", "0.000001 kg"), ("20.0 lb", "20 lb")])
    func aWeightReadsAsItWasStated(text: String, shown: String) throws {
        #expect(try #require(StatedWeight(parsing: text)).description == shown)
    }

    @Test func theHeaviestValidatedSumDoesNotOverflow() {
        let heaviest = StatedWeight(millionths: StatedWeight.maximumMillionths, unit: .kilogram)
        let line = heaviest.weight * 1_000_000
        let total = (0..<100).reduce(Weight.zero) { sum, _ in sum + line }
        #expect(total.stated(in: .kilogram, rounded: .up).decimal == "100000000000000")
    }
}
