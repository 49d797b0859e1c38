/// An event's bytes as the file keeps them: what they repeat of their order's lines, of every event's frame or of
/// themselves is stored as a reference.
///
/// Three quarters of a payload are such repetitions, and payloads would be most of the file. The bytes that come out
/// are exactly those that went in, whatever they are: nothing here knows what an event looks like. What the
/// references point into may never change: `frame` is part of the file's format, an order's lines are for ever.
///
/// Format: a version (1), then sequences of *length of a literal, the literal, length of a copy, distance back*, the
/// numbers in base 128 with the lowest group first. A copy of length 0 ends the text and has no distance.
enum PackedPayload {
    private static let version: UInt8 = 1
    /// A shorter copy costs as much as the bytes themselves.
    private static let shortestCopy = 4

    private static let frame = Array(
        """
        "requester_type":"health_professional""requester_type":"caregiver""requester_type":"survivor"\
        "requester_type":"organization""requester_type":"other""language":"es","notes":"\
        ,"replaces":"msg_0000000000000000"},"reason":"{"type":"order.cancellation_requested","timestamp":"202\
        {"type":"order.placed","timestamp":"202Z","data":{"order":{"number":"-","placed_at":"202Z","items":[\
        {"sku":"FSAC-","title":"","language":"en","quantity":1,"unit_weight":{"value":1.,"unit":"oz"},\
        "weight":{"value":1.,"unit":"oz"}},{"sku":"","title":"","language":"en","quantity":10,\
        "unit_weight":{"value":0.,"unit":"lb"},"weight":{"value":1,"unit":"lb"}}],\
        "total_weight":{"value":1.,"unit":"lb"},"ship_to":{"name":"","organization":null,"line1":"1 ","line2":null,\
        "city":"","region":"CA","postal_code":"1","country":"US","phone":null},"requester_type":"patient",\
        "language":"en","notes":null}}}
        """.utf8)

    static func pack(_ payload: [UInt8], beside lines: String) -> [UInt8] {
        var packer = Packer(window: frame + Array(lines.utf8), known: frameIndex)
        return packer.pack(payload)
    }

    static func unpack(_ packed: [UInt8], beside lines: String) throws -> [UInt8] {
        guard packed.first == version else { throw Corruption("a payload is of no known version") }
        var text = frame + Array(lines.utf8)
        let start = text.count
        var index = 1
        func number() throws -> Int {
            var value = 0
            for shift in stride(from: 0, to: 28, by: 7) {
                guard index < packed.count else { throw Corruption("a payload ends too early") }
                defer { index += 1 }
                value |= Int(packed[index] & 127) << shift
                if packed[index] < 128 { return value }
            }
            throw Corruption("a payload holds an impossible number")
        }
        while true {
            let literal = try number()
            guard literal <= packed.count - index else { throw Corruption("a payload ends too early") }
            text += packed[index..<index + literal]
            index += literal
            let copy = try number()
            if copy == 0 { break }
            let from = text.count - (try number())
            guard from >= 0, from < text.count else { throw Corruption("a payload refers to nothing") }
            // A copy may reach into itself, so it goes byte by byte.
            for offset in 0..<copy { text.append(text[from + offset]) }
        }
        return Array(text[start...])
    }

    /// Where each hash of four bytes was seen last in the frame.
    private static let frameIndex: [Int32] = {
        var positions = [Int32](repeating: -1, count: Packer.hashes)
        for index in 0...(frame.count - shortestCopy) { positions[Packer.hash(frame, index)] = Int32(index) }
        return positions
    }()

    private struct Packer {
        static let hashes = 4096

        private var text: [UInt8]
        private var positions: [Int32]
        private var packed: [UInt8] = [version]

        init(window: [UInt8], known: [Int32]) {
            text = window
            positions = known
        }

        static func hash(_ text: [UInt8], _ index: Int) -> Int {
            let low = UInt32(text[index]) | UInt32(text[index + 1]) << 8
            let word = low | UInt32(text[index + 2]) << 16 | UInt32(text[index + 3]) << 24
            return Int((word &* 2_654_435_761) >> 20)
        }

        mutating func pack(_ payload: [UInt8]) -> [UInt8] {
            let start = text.count
            text += payload
            note(from: frame.count - shortestCopy + 1, to: start)
            packed.reserveCapacity(payload.count / 2)
            var index = start
            var literalStart = start
            while index + shortestCopy <= text.count {
                let candidate = Int(positions[Self.hash(text, index)])
                let length = candidate < 0 ? 0 : matchLength(candidate, index)
                guard length >= shortestCopy else {
                    note(from: index, to: index + 1)
                    index += 1
                    continue
                }
                append(literalFrom: literalStart, to: index)
                append(number: length)
                append(number: index - candidate)
                note(from: index, to: index + length)
                index += length
                literalStart = index
            }
            append(literalFrom: literalStart, to: text.count)
            append(number: 0)
            return packed
        }

        /// Remembers where these bytes begin, as far as four of them are left.
        private mutating func note(from start: Int, to end: Int) {
            var index = start
            let last = min(end, text.count - shortestCopy + 1)
            while index < last {
                positions[Self.hash(text, index)] = Int32(truncatingIfNeeded: index)
                index += 1
            }
        }

        private func matchLength(_ a: Int, _ b: Int) -> Int {
            var length = 0
            while b + length < text.count, text[a + length] == text[b + length] { length += 1 }
            return length
        }

        private mutating func append(literalFrom start: Int, to end: Int) {
            append(number: end - start)
            packed += text[start..<end]
        }

        private mutating func append(number: Int) {
            var rest = number
            while rest >= 128 {
                packed.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            packed.append(UInt8(rest))
        }
    }
}
