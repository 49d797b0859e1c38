import Orders

/// How heavy an order is, in words. `site.js` follows the same rules, and both are tried with the same cases.
///
/// Whole numbers of quanta inside. Shown in tenths of the limit's unit: what is used and what is over are rounded up,
/// what is left is rounded down, so the words never contradict the rule.
struct WeightMeter: Sendable {
    enum State: String, Sendable {
        case room, almost, over
    }

    let state: State
    /// Such as `12.4`.
    let used, left, over: String
    /// In thousandths of the limit, for the bar.
    let level: Int
    private let limit: StatedWeight

    init(_ total: Weight, limit: StatedWeight) {
        self.limit = limit
        let tenth = Self.tenth(of: limit.unit)
        let (total, most) = (total.quanta, limit.weight.quanta)
        used = Self.decimal((total + tenth - 1) / tenth)
        left = Self.decimal(max(0, most - total) / tenth)
        over = Self.decimal((max(0, total - most) + tenth - 1) / tenth)
        state = total > most ? .over : total >= Self.almost(of: limit) ? .almost : .room
        level = Int(min(total * 1000 / most, 1000))
    }

    static func tenth(of unit: WeightUnit) -> Int128 { unit.quantaPerMillionth * 100_000 }

    /// Nine tenths of the limit: 18 of 20 pounds.
    static func almost(of limit: StatedWeight) -> Int128 { limit.weight.quanta * 9 / 10 }

    private static func decimal(_ tenths: Int128) -> String { "\(tenths / 10).\(tenths % 10)" }

    static func unitKey(_ unit: WeightUnit) -> String {
        switch unit {
        case .pound: "unitLb"
        case .ounce: "unitOz"
        case .kilogram: "unitKg"
        case .gram: "unitG"
        }
    }

    private static func sentenceKey(_ state: State) -> String {
        switch state {
        case .room: "meterRoom"
        case .almost: "meterAlmost"
        case .over: "meterOver"
        }
    }

    func sentence(_ phrases: Phrases) -> String {
        phrases(
            Self.sentenceKey(state),
            ["used": used, "left": left, "over": over, "unit": phrases(Self.unitKey(limit.unit))])
    }

    func view(_ phrases: Phrases) -> MeterView {
        // The script fills the same sentences: their places stay as they are.
        func open(_ state: State) -> String {
            phrases(
                Self.sentenceKey(state),
                ["used": "{used}", "left": "{left}", "over": "{over}", "unit": phrases(Self.unitKey(limit.unit))])
        }
        return MeterView(
            state: state.rawValue, sentence: sentence(phrases), level: level,
            limitQuanta: String(limit.weight.quanta), tenthQuanta: String(Self.tenth(of: limit.unit)),
            nearQuanta: String(Self.almost(of: limit)), roomText: open(.room), almostText: open(.almost),
            overText: open(.over))
    }
}

struct MeterView: Sendable {
    let state, sentence: String
    let level: Int
    let limitQuanta, tenthQuanta, nearQuanta: String
    let roomText, almostText, overText: String
}
