import Foundation
import Orders
import TestSupport
import Testing

@Suite struct JSONTests {
    private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    @Test func aNumberKeepsItsLiteral() throws {
        #expect(
            try read("[1e3, 1.0, -0, 1000000000000000]").arrayValue?.map(\.isIntegerLiteral) == [
                false, false, true, true,
            ])
        #expect(try read("1e3").intValue == nil)
    }

    @Test(arguments: [
        ("1e-06", "0.000001"), ("1E-6", "0.000001"), ("3.2", "3.2"), ("1.5e0", "1.5"), ("2e3", "2000"), ("0.5e1", "5"),
        ("12.50e1", "125"), ("-1.25E+1", "-12.5"), ("0e0", "0"), ("1.0000000", "1.0000000"), ("100e-2", "1"),
    ])
    func aNumberIsWrittenWithoutItsExponent(literal: String, plain: String) throws {
        #expect(try read(literal).decimalLiteral == plain)
    }

    @Test func whatHasNoDecimalIsNone() throws {
        for text in ["1e41", "1e-41", "1e99999999999999999999", "\"1\"", "null"] {
            #expect(try read(text).decimalLiteral == nil)
        }
    }

    @Test func escapesAreDecoded() throws {
        #expect(try read(#""a\u00e9\ud83d\ude00\n\/""#).stringValue == "aé😀\n/")
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "1e", "tru", "nul", "\"\u{01}\"", "\"abc",
        #""\x""#, #""\ud800""#, #""\ud800\u0041""#, "[1] 2", "'a'", #"{"a":1,"a":2}"#, "NaN", "\u{FEFF}{}",
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try read(text) }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read([0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test func nestingIsBounded() throws {
        let deepest = JSONReader.maximumDepth
        #expect(throws: Never.self) {
            try read(String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest))
        }
        #expect(throws: JSONSyntaxError.self) { try read(String(repeating: "[", count: 100_000)) }
    }

    @Test(arguments: 0..<300) func whatIsWrittenIsReadBackAndFoundationAgrees(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = Self.random(depth: 4, using: &generator)
        var writer = JSONWriter()
        writer.value(value)
        #expect(try JSONReader.read(writer.bytes) == value, "seed \(seed)")
        #expect(throws: Never.self, "seed \(seed)") {
            try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
        }
    }

    @Test(arguments: 0..<300) func damagedTextNeverCrashes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array(#"{"items":[{"sku":"A","quantity":5}],"n":-1.5e3,"s":"\u00e9\n"}"#.utf8)
        for _ in 0..<4 {
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
        }
        let ours = try? JSONReader.read(bytes)
        let foundation = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        // Stricter than Foundation, never laxer.
        #expect(ours == nil || foundation != nil, "seed \(seed)")
    }

    private static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .number(["0", "-1", "1e3", "0.50", "123456789012345678901234567890"].randomElement(using: &generator)!)
        case 3, 4: .string(["", "é", "a\"b\\c", "\u{01}\n\t", "😀", "\u{2028}"].randomElement(using: &generator)!)
        case 5: .array((0..<3).map { _ in random(depth: depth - 1, using: &generator) })
        default: .object((0..<3).map { .init(name: "k\($0)\"", value: random(depth: depth - 1, using: &generator)) })
        }
    }
}
