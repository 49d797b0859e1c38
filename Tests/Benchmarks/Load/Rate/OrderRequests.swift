import NIOCore
import Orders

/// Requests for new orders, all but finished beforehand: sending one costs a copy and some digits.
///
/// Each request has its own idempotency key and its own address, so that none is a replay or a possible duplicate.
struct OrderRequests: Sendable {
    private struct Template: Sendable {
        var bytes = ByteBuffer()
        /// Where the serial's ten digits go: two runs of five in the address.
        var addressSlots: [Int] = []
        /// Where the key's sixteen digits go.
        var keySlot = 0
    }

    private static let templateCount = 64
    private static let linesPerOrder = 3

    private let templates: [Template]
    /// Tells this run's orders from those of other runs on the same database.
    private let firstSerial: Int

    /// - Parameters:
    ///   - catalog: the body of `GET /v1/catalog`.
    ///   - address: for the `Host` header.
    init(catalog: [UInt8], for address: ServerAddress) throws {
        let lines = try Self.lightLines(in: catalog)
        var random = SystemRandomNumberGenerator()
        firstSerial = Int.random(in: 0..<9_000_000_000, using: &random)
        templates = (0..<Self.templateCount).map { index in
            var random = SeededRandom(seed: 1, index: index)
            return Self.template(lines.shuffled(using: &random).prefix(Self.linesPerOrder), address, &random)
        }
    }

    /// SKUs that may be ordered and weigh at most half a pound.
    private static func lightLines(in catalog: [UInt8]) throws -> [String] {
        let titles = try JSONReader.read(catalog)["data"]?.arrayValue ?? []
        let half = StatedWeight(millionths: 500_000, unit: .pound).weight
        let skus: [String] = titles.compactMap { title in
            guard title["available"]?.boolValue == true, let sku = title["sku"]?.stringValue,
                case .number(let value) = title["unit_weight"]?["value"],
                let unit = title["unit_weight"]?["unit"]?.stringValue,
                let weight = StatedWeight(parsing: "\(value) \(unit)"), weight.weight <= half
            else { return nil }
            return sku
        }
        guard skus.count >= linesPerOrder else { throw LoadFailure("the catalog has too few titles to order from") }
        return skus
    }

    private static func template(
        _ skus: ArraySlice<String>, _ address: ServerAddress, _ random: inout SeededRandom
    ) -> Template {
        let body = Array(body(skus, &random))
        let head =
            "POST /v1/orders HTTP/1.1\r\nHost: \(address.authority)\r\nContent-Type: application/json\r\n"
            + "Idempotency-Key: \(keyMark)\r\nContent-Length: \(body.count)\r\n\r\n"
        let bytes = Array(head.utf8) + body
        return Template(
            bytes: ByteBuffer(bytes: bytes), addressSlots: places(of: addressMark, in: bytes),
            keySlot: places(of: keyMark, in: bytes).first ?? 0)
    }

    private static let addressMark = "@@@@@"
    private static let keyMark = "################"

    private static func places(of mark: String, in bytes: [UInt8]) -> [Int] {
        let mark = Array(mark.utf8)
        return bytes.indices.dropLast(mark.count - 1).filter { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
    }

    private static func body(_ skus: ArraySlice<String>, _ random: inout SeededRandom) -> [UInt8] {
        let place = random.pick(Place.all)
        let (first, family) = (random.pick(People.firstNames), random.pick(People.familyNames))
        var json = JSONWriter()
        json.object {
            $0.array("items", skus) { sku, json in
                json.object {
                    $0.field("sku", sku)
                    $0.field("quantity", Int(random.next() % 5) + 1)
                }
            }
            $0.object("ship_to") {
                $0.field("name", "\(first.text) \(family.text)")
                $0.field("organization", random.chance(percent: 20) ? random.pick(People.organizations) : nil)
                $0.field("line1", "\(addressMark) \(random.pick(People.streets))")
                $0.field("line2", "Apt \(addressMark)")
                $0.field("city", place.city)
                $0.field("region", place.region)
                $0.field("postal_code", place.zip)
                $0.field("country", "US")
                $0.field("phone", random.chance(percent: 50) ? "312-555-0142" : nil)
            }
            $0.field("email", "\(first.plain).\(family.plain)@example.org")
            $0.field("requester_type", random.pick(RequesterType.allCases).rawValue)
            $0.field("language", "en")
            $0.field("notes", nil as String?)
        }
        return json.bytes
    }

    /// The request of the order with that index; equal indices make equal requests.
    func request(_ index: Int) -> ByteBuffer {
        let template = templates[index % templates.count]
        let serial = firstSerial + index
        var buffer = template.bytes
        Self.write(serial / 100_000, digits: 5, at: template.addressSlots[0], in: &buffer)
        Self.write(serial % 100_000, digits: 5, at: template.addressSlots[1], in: &buffer)
        Self.write(serial, digits: 16, at: template.keySlot, in: &buffer)
        return buffer
    }

    private static func write(_ number: Int, digits: Int, at slot: Int, in buffer: inout ByteBuffer) {
        var rest = number
        for place in stride(from: slot + digits - 1, through: slot, by: -1) {
            buffer.setInteger(UInt8(48 + rest % 10), at: place)
            rest /= 10
        }
    }
}
