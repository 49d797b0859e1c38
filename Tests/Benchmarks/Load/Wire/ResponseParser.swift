/// Takes the bytes of HTTP/1.1 responses as they come: the status, and where the body ends.
struct ResponseParser {
    /// A response that was read whole.
    struct Answer: Sendable {
        let status: Int
        /// How many bytes of body, without the framing of chunks.
        let bodyBytes: Int
        /// The server ends the connection after it.
        let closes: Bool
    }

    struct Malformed: Error {}

    private enum Stage {
        case head
        case body(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailer
    }

    private var stage = Stage.head
    private var status = 0
    private var bodyBytes = 0
    private var closes = false

    /// - Parameter body: gets each piece of the body; valid during the call only.
    /// - Returns: how many bytes were taken, and the answer when it is complete. What was not taken must come again,
    ///   with more after it.
    mutating func take(
        _ bytes: UnsafeRawBufferPointer, body: (UnsafeRawBufferPointer) -> Void
    ) throws(Malformed) -> (taken: Int, answer: Answer?) {
        var taken = 0
        while taken < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            guard let step = try step(rest, body) else { return (taken, nil) }
            taken += step.taken
            if step.isComplete {
                defer { self = ResponseParser() }
                return (taken, Answer(status: status, bodyBytes: bodyBytes, closes: closes))
            }
        }
        return (taken, nil)
    }

    /// Nil when it needs more bytes than there are.
    private mutating func step(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Malformed) -> (taken: Int, isComplete: Bool)? {
        switch stage {
        case .head:
            guard let length = HTTPHead.length(in: bytes) else { return nil }
            return (length, try begin(UnsafeRawBufferPointer(rebasing: bytes[..<length])))
        case .body(let left):
            let count = give(bytes, atMost: left, to: body)
            stage = .body(left: left - count)
            return (count, count == left)
        case .chunkSize:
            guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
            let digits = bytes[..<end].prefix { $0 > 0x20 && $0 != UInt8(ascii: ";") }
            guard let size = Int(digits.text, radix: 16), size >= 0 else { throw Malformed() }
            stage = size == 0 ? .trailer : .chunk(left: size)
            return (end + 1, false)
        case .chunk(let left):
            let count = give(bytes, atMost: left, to: body)
            stage = count == left ? .chunkEnd : .chunk(left: left - count)
            return (count, false)
        case .chunkEnd:
            guard bytes.count >= 2 else { return nil }
            stage = .chunkSize
            return (2, false)
        case .trailer:
            guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
            return (end + 1, end <= 1)
        }
    }

    private mutating func give(
        _ bytes: UnsafeRawBufferPointer, atMost left: Int, to body: (UnsafeRawBufferPointer) -> Void
    ) -> Int {
        let count = min(left, bytes.count)
        bodyBytes += count
        body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        return count
    }

    /// - Returns: whether the response is complete with its head.
    private mutating func begin(_ head: UnsafeRawBufferPointer) throws(Malformed) -> Bool {
        guard let status = HTTPHead.status(in: head) else { throw Malformed() }
        self.status = status
        closes = HTTPHead.value(of: "connection", in: head)?.text.lowercased() == "close"
        if status == 204 || status == 304 { return true }
        if let length = HTTPHead.value(of: "content-length", in: head) {
            guard let length = HTTPHead.number(in: length) else { throw Malformed() }
            stage = .body(left: length)
            return length == 0
        }
        guard HTTPHead.value(of: "transfer-encoding", in: head) != nil else { throw Malformed() }
        stage = .chunkSize
        return false
    }
}
