/// The number of an order for people: ten digits, the last a Luhn check digit, written `4829-1504-75`.
///
/// It is random, so that it tells nobody how many orders there are, and it is not a secret. See `OrderNumberDraw`.
package struct OrderNumber: Sendable, Hashable, Comparable {
    /// All ten digits, check digit included: 0…9,999,999,999.
    package let value: Int64

    /// - Parameter serial: nine digits, 0…999,999,999; the check digit is added.
    package init(serial: Int64) {
        precondition((0...999_999_999).contains(serial))
        value = serial * 10 + Self.checkDigit(for: serial)
    }

    /// Trusts the store: nil only when out of range or the check digit is wrong.
    package init?(value: Int64) {
        guard (0...9_999_999_999).contains(value), Self.checkDigit(for: value / 10) == value % 10 else { return nil }
        self.value = value
    }

    /// Reads what a person typed: ten digits, hyphens and spaces anywhere between them.
    package init?(_ text: String) {
        guard text.utf8.count <= 40 else { return nil }
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
        guard digits.count == 10, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        self.init(value: digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) })
    }

    /// Where a store's index has the number: those that are drawn one after the other lie near each other there, and
    /// look as if all their digits had been drawn. One place for each number.
    package var place: Int64 { value / 10 * Self.placePerSerial % 1_000_000_000 }

    /// - Parameter place: 0…999,999,999.
    package init(place: Int64) { self.init(serial: place * Self.serialPerPlace % 1_000_000_000) }

    /// Each is the other's inverse modulo 10^9. The second one is written in the store's schema, too.
    private static let serialPerPlace: Int64 = 618_033_989
    private static let placePerSerial: Int64 = 1_536_909

    package static func random() -> OrderNumber { OrderNumberDraw.shared.next() }

    package static func < (a: OrderNumber, b: OrderNumber) -> Bool { a.value < b.value }

    private static func checkDigit(for serial: Int64) -> Int64 {
        var rest = serial
        var sum: Int64 = 0
        var doubles = true
        while rest > 0 {
            let digit = rest % 10 * (doubles ? 2 : 1)
            sum += digit > 9 ? digit - 9 : digit
            doubles.toggle()
            rest /= 10
        }
        return (10 - sum % 10) % 10
    }
}

extension OrderNumber: CustomStringConvertible {
    package var description: String {
        String(unsafeUninitializedCapacity: 12) { text in
            var rest = value
            for index in stride(from: 11, through: 0, by: -1) {
                let isHyphen = index == 4 || index == 9
                text[index] = isHyphen ? UInt8(ascii: "-") : UInt8(ascii: "0") + UInt8(rest % 10)
                if !isHyphen { rest /= 10 }
            }
            return 12
        }
    }
}
