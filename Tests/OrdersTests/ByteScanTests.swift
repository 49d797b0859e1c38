import Testing

@testable import Orders

/// Bytes are looked through in words: every byte value at every place of every short length, against one by one.
struct ByteScanTests {
    private static let plain = UInt8(ascii: "a")

    private func texts() -> [[UInt8]] {
        (0...18).flatMap { length in
            (0..<max(length, 1)).flatMap { place in
                (0...255).map { value in
                    var text = [UInt8](repeating: Self.plain, count: length)
                    if place < length { text[place] = UInt8(value) }
                    return text
                }
            }
        }
    }

    @Test func findsWhatJSONEscapesWhereverItStands() {
        for text in texts() {
            for start in 0...min(text.count, 2) {
                let expected =
                    text[start...].firstIndex { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
                    ?? text.count
                let found = text.withUnsafeBufferPointer { ByteScan.endOfPlainJSON(in: $0, from: start) }
                #expect(found == expected, "\(text) from \(start)")
            }
        }
    }

    @Test func copiesTheRunThatJSONLeavesAsItIsAndNothingBehindIt() {
        for text in texts() {
            let end = text.withUnsafeBufferPointer { ByteScan.endOfPlainJSON(in: $0, from: 0) }
            let room = [UInt8](unsafeUninitializedCapacity: text.count + 1) { room, count in
                room.initialize(repeating: 0xEE)
                count = text.count + 1
                let copied = text.withUnsafeBufferPointer { text in
                    room.baseAddress.map { ByteScan.copyPlainJSON(of: text, to: $0) }
                }
                #expect(copied == end, "\(text)")
            }
            #expect(room == Array(text[..<end]) + [UInt8](repeating: 0xEE, count: text.count + 1 - end), "\(text)")
        }
    }

    @Test func findsControlCharactersWhereverTheyStand() {
        for text in texts() {
            let expected = text.contains { $0 < 0x20 || $0 == 0x7F }
            #expect(text.withUnsafeBufferPointer(ByteScan.hasControl) == expected, "\(text)")
        }
    }

    @Test func knowsASCIIFromTheRest() {
        for text in texts() {
            #expect(text.withUnsafeBufferPointer(ByteScan.isASCII) == text.allSatisfy { $0 < 0x80 }, "\(text)")
        }
        #expect("Zo\u{EB} and some more".isASCII == false)
        #expect("Zoe and some more".isASCII)
    }

    /// What the words that follow a found byte hold must not hide it, nor make one up before it.
    @Test func aRunOfSpecialsEndsAtItsFirst() {
        for first in 0...9 {
            let text = [UInt8](repeating: 0x80, count: first) + [0x22, 0x1F, 0x5C, 0x00, 0xFF, 0x21, 0x5D, 0x23]
            #expect(text.withUnsafeBufferPointer { ByteScan.endOfPlainJSON(in: $0, from: 0) } == first)
        }
    }
}
