import Orders
import Testing

@testable import Web

struct WeightMeterTests {
    private static let limit = StatedWeight(millionths: 20_000_000, unit: .pound)

    @Test(arguments: [
        ("20 lb", "20.0", "0.0", "0.0", "almost", 1000), ("20.004 lb", "20.1", "0.0", "0.1", "over", 1000),
        ("12.4 lb", "12.4", "7.6", "0.0", "room", 620), ("12.41 lb", "12.5", "7.5", "0.0", "room", 620),
        ("17.999999 lb", "18.0", "2.0", "0.0", "room", 899), ("18 lb", "18.0", "2.0", "0.0", "almost", 900),
        ("21.3 lb", "21.3", "0.0", "1.3", "over", 1000), ("0.000001 oz", "0.1", "19.9", "0.0", "room", 0),
        ("320 oz", "20.0", "0.0", "0.0", "almost", 1000), ("320.000001 oz", "20.1", "0.0", "0.1", "over", 1000),
    ])
    func whatIsShownNeverContradictsTheRule(
        weight: String, used: String, left: String, over: String, state: String, level: Int
    ) throws {
        let meter = WeightMeter(try #require(StatedWeight(parsing: weight)).weight, limit: Self.limit)
        #expect([meter.used, meter.left, meter.over, meter.state.rawValue] == [used, left, over, state])
        #expect(meter.level == level)
    }

    @Test func anEmptyOrderHasAllTheRoom() {
        let meter = WeightMeter(.zero, limit: Self.limit)
        #expect(meter.sentence(.english) == "Your order weighs 0.0 pounds. You have room for 20.0 pounds more.")
        #expect(meter.sentence(.spanish) == "Su pedido pesa 0.0 libras. Le quedan 20.0 libras.")
    }

    @Test func anotherUnitIsNamed() throws {
        let limit = StatedWeight(millionths: 9_000_000, unit: .kilogram)
        #expect(WeightMeter(.zero, limit: limit).sentence(.english).contains("9.0 kilograms"))
    }
}
