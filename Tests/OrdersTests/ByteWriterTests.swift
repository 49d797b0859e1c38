import Testing

@testable import Orders

struct ByteWriterTests {
    /// Around every size at which it takes more room, byte by byte and in pieces.
    @Test(arguments: [0, 1, 15, 16, 17, 31, 32, 33, 100, 5000])
    func whatIsWrittenIsThere(count: Int) {
        let expected = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var single = ByteWriter(reserving: 0)
        for byte in expected { single.append(byte) }
        #expect(single.count == count)
        #expect(single.array == expected)

        var whole = ByteWriter(reserving: 20)
        whole.append("before")
        expected.withUnsafeBufferPointer { whole.append($0) }
        whole.append("behind")
        #expect(whole.array == Array("before".utf8) + expected + Array("behind".utf8))

        whole.removeAll()
        whole.append("Zo\u{EB}")
        #expect(whole.text == "Zo\u{EB}")
    }

    @Test func numbersAreWrittenAsSwiftWritesThem() {
        for value in [0, 1, 9, 10, 99, 100, 1234, -1, -10, Int64.max, Int64.min] {
            var writer = ByteWriter(reserving: 1)
            DecimalText.append(value, to: &writer)
            #expect(writer.text == String(value))
        }
        for (value, width, text) in [(UInt64(7), 2, "07"), (0, 3, "000"), (42, 1, "42"), (1234, 3, "1234")] {
            var writer = ByteWriter(reserving: 1)
            DecimalText.append(value, padded: width, to: &writer)
            #expect(writer.text == text)
        }
    }
}
