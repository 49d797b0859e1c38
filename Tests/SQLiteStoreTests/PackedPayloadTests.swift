import Foundation
import Orders
import TestSupport
import Testing

@testable import SQLiteStore

@Suite struct PackedPayloadTests {
    @Test func whatWasPackedComesOutByteForByte() throws {
        let order = SampleOrders.order(to: SampleOrders.shipTo(name: "Zoë \"O’Hara\" \\ 李"))
        let body = SampleOrders.announcement(of: order).payload
        let packed = PackedPayload.pack(body)
        #expect(try PackedPayload.unpack(packed) == body)
        #expect(3 * packed.count < 2 * body.count)
    }

    @Test func bodiesOfEverySizeComeOut() throws {
        var generator = SeededGenerator(seed: 7)
        for size in [1, 2, 100, 5000, 70_000, 300_000] {
            let noise = [UInt8(ascii: "{")] + (1..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try PackedPayload.unpack(PackedPayload.pack(noise)) == noise, "size \(size)")
            let same = Array(repeating: UInt8(ascii: "{"), count: size)
            #expect(try PackedPayload.unpack(PackedPayload.pack(same)) == same, "size \(size)")
        }
    }

    /// What a file of today holds must be read by every later version.
    @Test func theFormatIsFrozen() throws {
        let body = #"{"type":"order.placed","timestamp":"2026-11-25T10:00:00.000Z","data":{"order":{"number":"1"}}}"#
        let packed = try #require(Data(base64Encoded: "AasmJZ2ahhgaWBmAkJ6BgUEU0DDcydYQGJi1AA=="))
        #expect(String(decoding: try PackedPayload.unpack(Array(packed)), as: UTF8.self) == body)
        #expect(try PackedPayload.unpack(Array(body.utf8)) == Array(body.utf8))
    }

    @Test func aDamagedPayloadIsAnErrorAndNoCrash() throws {
        let packed = PackedPayload.pack(SampleOrders.announcement(of: SampleOrders.order()).payload)
        let all: [[UInt8]] = [
            [], [1], [2] + packed.dropFirst(), Array(packed.dropLast(10)), [1] + Array(repeating: 0xFF, count: 50),
        ]
        for damaged in all {
            #expect(throws: Corruption.self) { try PackedPayload.unpack(damaged) }
        }
    }
}
