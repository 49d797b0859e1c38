/// A key that sorts by time and fits SQLite's rowid: 43 bits of milliseconds since 1970, then 20 random bits.
///
/// A UUIDv7 cut to 63 bits. Because the primary key *is* the time, "newest first", date ranges and page cursors
/// need no further index. Two keys drawn in one millisecond collide once in a million: the store's primary key
/// notices, and the caller draws again.
package protocol TimeOrderedKey: Sendable, Hashable, Comparable {
    var value: Int64 { get }
    init(value: Int64)
}

extension TimeOrderedKey {
    package static func draw(at now: Timestamp) -> Self {
        var random = RandomPool()
        return Self(value: lowest(at: now) | Int64.random(in: 0..<1 << 20, using: &random))
    }

    /// The smallest key of a millisecond: the lower bound of a date range.
    package static func lowest(at time: Timestamp) -> Int64 { max(0, min(time.milliseconds, 1 << 43 - 1)) << 20 }

    package var timestamp: Timestamp { Timestamp(milliseconds: value >> 20) }

    package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// An order's key inside the service; people see its `OrderNumber`.
package struct OrderID: TimeOrderedKey {
    package let value: Int64
    package init(value: Int64) { self.value = value }
}

/// An event's key, and with it the delivery's: outside it is the `webhook-id`, `msg_` and 16 hexadecimal digits.
package struct EventID: TimeOrderedKey {
    package let value: Int64
    package init(value: Int64) { self.value = value }
}

extension EventID: CustomStringConvertible {
    package var description: String {
        let digits = String(value, radix: 16)
        return "msg_" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Reads a `webhook-id` of ours; nil for any other text.
    package init?(_ text: String) {
        guard text.hasPrefix("msg_"), text.utf8.count == 20, let value = Int64(text.dropFirst(4), radix: 16),
            value >= 0
        else { return nil }
        self.init(value: value)
    }
}

/// Whoever holds it may see the order's status, without the address: 32 URL-safe characters.
///
/// 24 bytes in base64url: the order's key (so that a look-up needs no index of its own) and 128 random bits
/// (so that it cannot be guessed). Compare with `matches`, never with `==`.
package struct StatusToken: Sendable, Hashable {
    package let orderID: OrderID
    /// 16 random bytes.
    package let secret: [UInt8]

    package init(orderID: OrderID, secret: [UInt8]) {
        self.orderID = orderID
        self.secret = secret
    }

    package static func random(for orderID: OrderID) -> StatusToken {
        let random = RandomPool()
        var secret: [UInt8] = []
        secret.reserveCapacity(16)
        for _ in 0..<2 { withUnsafeBytes(of: random.next()) { secret.append(contentsOf: $0) } }
        return StatusToken(orderID: orderID, secret: secret)
    }

    /// Reads the 32 characters; nil when they are no such token.
    package init?(_ text: String) {
        guard text.utf8.count == 32, let bytes = Base64URL.decode(text), bytes.count == 24 else { return nil }
        let key = bytes[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard key <= UInt64(Int64.max) else { return nil }
        self.init(orderID: OrderID(value: Int64(key)), secret: Array(bytes[8...]))
    }

    package var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        withUnsafeBytes(of: UInt64(orderID.value).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: secret)
        return Base64URL.encode(bytes)
    }

    /// Compares in constant time.
    package func matches(_ other: StatusToken) -> Bool {
        ConstantTime.isSame(secret, other.secret) && orderID == other.orderID
    }
}
