/// Bytes in the order they are written, with one owner: an array asks before every byte whether somebody shares it.
package struct ByteWriter: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0

    package init(reserving capacity: Int) {
        self.capacity = max(16, capacity)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// Where the next bytes go, at most `count` of them: whoever writes them says with `advance` how many they were.
    @inline(__always)
    mutating func room(for count: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity - self.count < count { grow(by: count) }
        return start + self.count
    }

    /// - Parameter count: at most what there was room for, and all of them written.
    @inline(__always)
    mutating func advance(by count: Int) {
        self.count += count
        assert(self.count <= capacity)
    }

    package mutating func append(_ byte: UInt8) {
        room(for: 1).pointee = byte
        advance(by: 1)
    }

    package mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let first = bytes.baseAddress else { return }
        room(for: bytes.count).initialize(from: first, count: bytes.count)
        advance(by: bytes.count)
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    package mutating func removeAll() { count = 0 }

    /// - Parameter body: the bytes stay where they are only while it runs.
    package func withBytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
        try body(UnsafeBufferPointer(start: start, count: count))
    }

    private mutating func grow(by more: Int) {
        precondition(more > 0)
        capacity = max(2 * capacity, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.moveInitialize(from: start, count: count)
        start.deallocate()
        start = larger
    }
}

extension ByteWriter {
    package var array: [UInt8] { withBytes { Array($0) } }

    /// What was written, read as UTF-8.
    package var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
