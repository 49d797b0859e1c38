/// An exact weight. No floating point anywhere: sums, products and comparisons are integers.
///
/// The quantum is 0.625 picogram: the largest unit in which a millionth of an ounce (28.349523125 µg)
/// *and* a millionth of a gram are both whole. One pound is 453.59237 g by definition, so every value
/// with at most six decimals in oz, lb, g or kg is a whole number of quanta.
package struct Weight: Sendable, Hashable, Comparable {
    /// Quanta of 0.625 pg. 128 bits hold 100 lines of a million copies of the heaviest title allowed
    /// (a million pounds) with ten digits to spare, so validated sums cannot overflow.
    package let quanta: Int128

    package init(quanta: Int128) { self.quanta = quanta }

    package static let zero = Weight(quanta: 0)

    package static func < (a: Weight, b: Weight) -> Bool { a.quanta < b.quanta }
    package static func + (a: Weight, b: Weight) -> Weight { Weight(quanta: a.quanta + b.quanta) }
    package static func - (a: Weight, b: Weight) -> Weight { Weight(quanta: a.quanta - b.quanta) }
    package static func * (a: Weight, copies: Int) -> Weight { Weight(quanta: a.quanta * Int128(copies)) }

    /// How this weight reads in `unit`, to six decimals.
    package func stated(in unit: WeightUnit, rounded: Rounding) -> StatedWeight {
        let (whole, rest) = quanta.quotientAndRemainder(dividingBy: unit.quantaPerMillionth)
        return StatedWeight(millionths: rounded == .up && rest > 0 ? whole + 1 : whole, unit: unit)
    }

    /// Totals and excess round up, what remains rounds down: a shown figure never promises too much.
    package enum Rounding: Sendable { case up, down }
}

package enum WeightUnit: String, Sendable, CaseIterable {
    case ounce = "oz"
    case pound = "lb"
    case gram = "g"
    case kilogram = "kg"

    /// Quanta in a millionth of this unit; whole for each of them.
    package var quantaPerMillionth: Int128 {
        switch self {
        case .ounce: 45_359_237
        case .pound: 725_747_792
        case .gram: 1_600_000
        case .kilogram: 1_600_000_000
        }
    }
}

/// A weight as somebody stated it: a decimal with at most six places, and a unit. `3.2 oz` stays `3.2 oz`.
package struct StatedWeight: Sendable, Hashable {
    package let millionths: Int128
    package let unit: WeightUnit

    /// The most any title or limit may weigh, in any unit: keeps every later product inside 128 bits.
    package static let maximumMillionths: Int128 = 1_000_000_000_000

    package init(millionths: Int128, unit: WeightUnit) {
        self.millionths = millionths
        self.unit = unit
    }

    package var weight: Weight { Weight(quanta: millionths * unit.quantaPerMillionth) }

    /// Reads `3.2 oz`, `0.1lb`, `91 g`. Nil unless it is a positive decimal of at most six places, at most a
    /// million, followed by one of the four units.
    package init?(parsing text: String) {
        let trimmed = text.utf8.drop { $0 == UInt8(ascii: " ") }
        let number = trimmed.prefix { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        var unit = trimmed[number.endIndex...].drop { $0 == UInt8(ascii: " ") }
        while unit.last == UInt8(ascii: " ") { unit.removeLast() }
        guard let unit = WeightUnit(rawValue: String(Substring(unit))),
            let millionths = Self.millionths(decimal: Substring(number))
        else { return nil }
        self.init(millionths: millionths, unit: unit)
    }

    /// `12.5` as 12,500,000; nil for anything but 1–7 digits, optionally a point and 1–6 more, in range and not 0.
    package static func millionths(decimal: Substring) -> Int128? {
        var value: Int64 = 0
        var (whole, fraction) = (0, 0)
        var hasPoint = false
        for byte in decimal.utf8 {
            switch byte {
            case UInt8(ascii: ".") where !hasPoint: hasPoint = true
            case 48...57:
                if hasPoint { fraction += 1 } else { whole += 1 }
                guard whole <= 7, fraction <= 6 else { return nil }
                value = value * 10 + Int64(byte - 48)
            default: return nil
            }
        }
        guard whole > 0, !hasPoint || fraction > 0 else { return nil }
        for _ in fraction..<6 { value *= 10 }
        return (1...maximumMillionths).contains(Int128(value)) ? Int128(value) : nil
    }

    /// The decimal without trailing zeros: `3.2`, `20`, `0.000001`.
    package var decimal: String {
        var bytes = ByteWriter(reserving: 16)
        appendDecimal(to: &bytes)
        return bytes.text
    }

    /// Appends the ASCII of `decimal`.
    func appendDecimal(to bytes: inout ByteWriter) {
        if millionths < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, rest) = Self.quotientAndRemainder(millionths.magnitude)
        if let whole = UInt64(exactly: whole) {
            DecimalText.append(whole, padded: 1, to: &bytes)
        } else {
            bytes.append(String(whole))
        }
        guard rest != 0 else { return }
        var (fraction, places) = (rest, 6)
        while fraction % 10 == 0 {
            fraction /= 10
            places -= 1
        }
        bytes.append(UInt8(ascii: "."))
        DecimalText.append(fraction, padded: places, to: &bytes)
    }

    /// By a million, in 64 bits where they hold it: division in 128 is slow.
    private static func quotientAndRemainder(_ magnitude: UInt128) -> (UInt128, UInt64) {
        if let short = UInt64(exactly: magnitude) { return (UInt128(short / 1_000_000), short % 1_000_000) }
        let (whole, rest) = magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        return (whole, UInt64(rest))
    }
}

extension StatedWeight: CustomStringConvertible {
    package var description: String {
        var bytes = ByteWriter(reserving: 24)
        append(to: &bytes)
        return bytes.text
    }

    /// Appends the description's ASCII.
    func append(to bytes: inout ByteWriter) {
        appendDecimal(to: &bytes)
        bytes.append(UInt8(ascii: " "))
        bytes.append(unit.rawValue)
    }
}
