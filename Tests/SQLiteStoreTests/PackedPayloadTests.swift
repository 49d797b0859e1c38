import Orders
import TestSupport
import Testing

@testable import SQLiteStore

/// Payloads are kept small, and come back byte for byte.
@Suite struct PackedPayloadTests {
    private func packed(_ payload: [UInt8], beside lines: String) throws -> [UInt8] {
        let packed = PackedPayload.pack(payload, beside: lines)
        #expect(try PackedPayload.unpack(packed, beside: lines) == payload)
        return packed
    }

    @Test func anAnnouncementTakesAThirdOfItsBytes() throws {
        let order = SampleOrders.order(lines: ["FSAC-NET-EN": 5, "FSAC-LUNG-ES": 12, "FSAC-DIET-EN": 1])
        let payload = SampleOrders.announcement(of: order).payload
        let packed = try packed(payload, beside: LinesText.encode(order.lines))
        #expect(packed.count * 3 < payload.count, "\(packed.count) of \(payload.count)")
    }

    @Test func anyBytesComeBack() throws {
        var generator = SeededGenerator(seed: 20_261_123)
        let lines = LinesText.encode(SampleOrders.order().lines)
        for _ in 0..<500 {
            let alphabet = UInt8.random(in: 0...255, using: &generator)
            let count = Int.random(in: 0...600, using: &generator)
            let payload = (0..<count).map { _ in UInt8.random(in: 0...alphabet, using: &generator) }
            _ = try packed(payload, beside: Bool.random(using: &generator) ? lines : "")
        }
        _ = try packed(Array(repeating: 7, count: 100_000), beside: "")
    }

    /// The format is the file's: bytes that an earlier version wrote must stay readable for ever.
    @Test func whatWasWrittenOnceStaysReadable() throws {
        let lines = #"[["A","Title A","en",5,"3.2 oz"]]"#
        let written: [UInt8] = [
            1, 0, 24, 239, 4, 0, 8, 220, 4, 1, 105, 15, 179, 4, 0, 4, 68, 0, 8, 179, 3, 0, 8, 86, 4, 125, 93, 125, 125,
            0,
        ]
        let text = #"{"type":"order.placed","data":{"items":[{"sku":"A","title":"Title A"}]}}"#
        #expect(try String(decoding: PackedPayload.unpack(written, beside: lines), as: UTF8.self) == text)
    }

    @Test func damagedBytesAreAnErrorAndNoCrash() throws {
        let order = SampleOrders.order()
        let lines = LinesText.encode(order.lines)
        let packed = try packed(SampleOrders.announcement(of: order).payload, beside: lines)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var damaged = packed
            for _ in 0..<3 {
                damaged[.random(in: 0..<damaged.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            damaged.removeLast(.random(in: 0..<damaged.count, using: &generator))
            _ = try? PackedPayload.unpack(damaged, beside: lines)
        }
        #expect(throws: Corruption.self) { try PackedPayload.unpack([], beside: lines) }
        #expect(throws: Corruption.self) { try PackedPayload.unpack([1, 0, 4, 0], beside: lines) }
        #expect(throws: Corruption.self) { try PackedPayload.unpack([1, 0, 4, 255, 255, 1], beside: lines) }
    }
}
