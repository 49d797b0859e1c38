import CZlib

/// An event's body as the file keeps it: deflated against a text that most bodies share, a third of their size.
///
/// One byte tells how, then the bytes follow: `{`, the first byte of every body, for a body as it is; 1 for raw deflate
/// (RFC 1951) with `dictionary` before it. The bytes that come out are the bytes that went in, whatever the encoder of
/// events does later.
enum PackedPayload {
    private static let plain = UInt8(ascii: "{")
    private static let deflated: UInt8 = 1
    /// 4 KiB: a body and the dictionary. What is farther back is not found again, which costs a few bytes.
    private static let windowBits: Int32 = 12
    /// The fastest, with a table that fits the processor's first cache: 7 µs a body.
    private static let level: Int32 = 1
    private static let memoryLevel: Int32 = 4
    /// Longer than any body: a form has at most 64 KiB. More than that is a damaged row.
    private static let largestBytes = 1 << 20

    /// Part of the file's format: it never changes. A better one is a new dictionary with the number 2.
    private static let dictionary = Array(
        """
        {"type":"order.placed","timestamp":"2026-11-2","data":{"order":{"number":"","placed_at":"2026-11-2","items":[\
        {"sku":"FSAC-","title":"Hablando francamente sobre el cáncer: ","language":"es","quantity":2,\
        "unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":6.4,"unit":"oz"}},\
        {"sku":"FSAC-","title":"Frankly Speaking About Cancer: ","language":"en","quantity":1,\
        "unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":3.2,"unit":"oz"}}],\
        "total_weight":{"value":1.,"unit":"lb"},"ship_to":{"name":"","organization":null,"line1":" Street",\
        "line2":null,"city":"","region":"","postal_code":"","country":"US","phone":null},\
        "requester_type":"patient","language":"en","notes":null}}}
        """.utf8)

    static func pack(_ body: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        guard body.first == plain, czlib_deflate_begin(&stream, level, windowBits, memoryLevel) == Z_OK else {
            return body
        }
        defer { deflateEnd(&stream) }
        guard deflateSetDictionary(&stream, dictionary, UInt32(dictionary.count)) == Z_OK else { return body }
        let capacity = Int(deflateBound(&stream, UInt(body.count)))
        let packed = [UInt8](unsafeUninitializedCapacity: capacity + 1) { buffer, count in
            buffer[0] = deflated
            let isWhole = Self.run(&stream, from: body[...], to: UnsafeMutableBufferPointer(rebasing: buffer[1...])) {
                deflate($0, Z_FINISH)
            }
            count = isWhole ? Int(stream.total_out) + 1 : 0
        }
        return packed.isEmpty ? body : packed
    }

    static func unpack(_ packed: [UInt8]) throws -> [UInt8] {
        if packed.first == plain { return packed }
        var stream = z_stream()
        guard packed.first == deflated, czlib_inflate_begin(&stream, windowBits) == Z_OK else {
            throw Corruption("a payload is packed in no known way")
        }
        defer { inflateEnd(&stream) }
        guard inflateSetDictionary(&stream, dictionary, UInt32(dictionary.count)) == Z_OK else {
            throw Corruption("a payload's dictionary is not taken")
        }
        var capacity = min(8 * packed.count + 1024, largestBytes)
        while capacity <= largestBytes {
            let body = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let isWhole = Self.run(&stream, from: packed[1...], to: buffer) { inflate($0, Z_FINISH) }
                count = isWhole ? Int(stream.total_out) : 0
            }
            if !body.isEmpty { return body }
            guard stream.avail_out == 0, inflateReset(&stream) == Z_OK,
                inflateSetDictionary(&stream, dictionary, UInt32(dictionary.count)) == Z_OK
            else { break }
            capacity = capacity == largestBytes ? largestBytes + 1 : min(4 * capacity, largestBytes)
        }
        throw Corruption("a payload is damaged")
    }

    /// - Returns: whether the stream came to its end.
    private static func run(
        _ stream: inout z_stream, from input: ArraySlice<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>,
        _ step: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> Bool {
        input.withUnsafeBufferPointer { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            return step(&stream) == Z_STREAM_END
        }
    }
}
