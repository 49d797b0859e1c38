/// What staff want to see of the list.
package struct OrderQuery: Sendable, Hashable {
    /// Empty: any.
    package var statuses: Set<OrderStatus> = []
    package var flag: OrderFlag?
    /// Orders with this flag as well, whatever their status; counts only beside `statuses`, and not beside `flag`.
    package var orFlag: OrderFlag?
    package var search: SearchTerm?
    /// Inclusive.
    package var placedFrom: Timestamp?
    /// Exclusive: the start of the day after the last one.
    package var placedBefore: Timestamp?
    /// 1–200 for a page; an export may ask for more.
    package var limit = 50
    /// False spares the count, for an export: the page's count is 0 then.
    package var counts = true
    /// The cursor: only orders older than this one.
    package var before: OrderID?
    /// Only orders newer than this one: the cursor of a list that is oldest first.
    package var after: OrderID?
    package var oldestFirst = false

    package init() {}
}

/// What a typed search means; its shape decides (contract §4).
package enum SearchTerm: Sendable, Hashable {
    /// An e-mail by prefix, lower case.
    case email(prefix: String)
    /// `@example.org`: every address of that domain, lower case, without the `@`.
    case emailDomain(String)
    /// An order number, a tracking number or a phone number: the digits alone, and what was typed without spaces.
    case digits(String, compact: String)
    /// Every word must start a word of the name, organization or city; or the whole is a tracking number.
    case words([String], compact: String)
    /// Punctuation only: what means nothing finds nothing.
    case nothing

    /// Nil when nothing was typed but white space.
    package init?(_ text: String) {
        let trimmed = text.trimmingSpaces().withoutNumberSign
        guard !trimmed.isEmpty else { return nil }
        let compact = String(trimmed.unicodeScalars.filter { $0 != " " && $0 != "-" }).uppercased()
        if trimmed.contains("@") {
            let lowered = trimmed.lowercased()
            if lowered.hasPrefix("@") {
                let domain = String(lowered.dropFirst())
                self = domain.isEmpty ? .nothing : .emailDomain(domain)
            } else {
                self = .email(prefix: lowered)
            }
        } else if trimmed.utf8.contains(where: { (48...57).contains($0) }),
            trimmed.utf8.allSatisfy({ (48...57).contains($0) || "-+(). ".utf8.contains($0) })
        {
            self = .digits(String(trimmed.filter(\.isASCIIDigit)), compact: compact)
        } else {
            let words = SearchText.words(of: trimmed)
            self = words.isEmpty ? .nothing : .words(words, compact: compact)
        }
    }
}

extension Character {
    var isASCIIDigit: Bool { isASCII && isWholeNumber }
}

extension String {
    package func trimmingSpaces() -> String {
        guard let first = utf8.first, let last = utf8.last else { return self }
        // Most of what is typed: nothing to do, told without a look at its characters.
        if (0x21...0x7E).contains(first), (0x21...0x7E).contains(last) { return self }
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}

extension String {
    /// `#4829` is the number 4829: only a `#` that stands first, with a digit right after it, means nothing.
    package var withoutNumberSign: String {
        guard utf8.first == UInt8(ascii: "#"), let second = utf8.dropFirst().first, (48...57).contains(second) else {
            return self
        }
        return String(decoding: utf8.dropFirst(), as: UTF8.self)
    }
}

package struct OrderPage: Sendable {
    package let summaries: [OrderSummary]
    /// Where the next page starts; nil on the last.
    package let next: OrderID?
    package let count: CappedCount

    package init(summaries: [OrderSummary], next: OrderID?, count: CappedCount) {
        self.summaries = summaries
        self.next = next
        self.count = count
    }
}

/// A count that stops at 10,000: exact below, "at least" there.
package struct CappedCount: Sendable, Hashable {
    package static let cap = 10_000
    package let value: Int
    package let isCapped: Bool

    package init(_ value: Int) {
        self.value = min(value, Self.cap)
        isCapped = value > Self.cap
    }
}

/// One row of the staff list.
package struct OrderSummary: Sendable, Hashable {
    package let id: OrderID
    package let number: OrderNumber
    package let status: OrderStatus
    package let placedAt: Timestamp
    package let updatedAt: Timestamp
    package let recipient: String
    package let organization: String?
    package let city: String
    package let region: String
    /// How many titles, and how many copies of all of them.
    package let titles: Int
    package let copies: Int
    package let totalWeight: StatedWeight
    package let flags: [OrderFlag]
    /// The person was forgotten then: `recipient` and `city` are empty.
    package let erasedAt: Timestamp?
    /// Why it is on hold; nil in every other state. For staff's own list: no part of the API's summary.
    package let holdReason: String?

    package init(
        id: OrderID, number: OrderNumber, status: OrderStatus, placedAt: Timestamp, updatedAt: Timestamp,
        recipient: String, organization: String?, city: String, region: String, titles: Int, copies: Int,
        totalWeight: StatedWeight, flags: [OrderFlag], erasedAt: Timestamp? = nil, holdReason: String? = nil
    ) {
        self.id = id
        self.number = number
        self.status = status
        self.placedAt = placedAt
        self.updatedAt = updatedAt
        self.recipient = recipient
        self.organization = organization
        self.city = city
        self.region = region
        self.titles = titles
        self.copies = copies
        self.totalWeight = totalWeight
        self.flags = flags
        self.erasedAt = erasedAt
        self.holdReason = holdReason
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("number", number.description)
            $0.field("status", status.rawValue)
            $0.field("placed_at", placedAt)
            $0.field("updated_at", updatedAt)
            $0.field("recipient", recipient)
            $0.field("organization", organization)
            $0.field("city", city)
            $0.field("region", region)
            $0.field("titles", titles)
            $0.field("copies", copies)
            $0.field("total_weight", totalWeight)
            $0.array("flags", flags.map(\.rawValue))
            $0.field("erased_at", erasedAt)
        }
    }
}

/// One page of deliveries, newest first.
package struct DeliveryQuery: Sendable {
    package var states: Set<DeliveryState> = []
    package var limit = 50
    package var before: EventID?

    package init() {}
}

package struct DeliveryPage: Sendable {
    package let deliveries: [Delivery]
    package let next: EventID?
    package let count: CappedCount

    package init(deliveries: [Delivery], next: EventID?, count: CappedCount) {
        self.deliveries = deliveries
        self.next = next
        self.count = count
    }
}

/// One page of kept messages, newest first.
package struct InboundUpdateQuery: Sendable {
    /// `false`: those that wait for staff; `true`: those that were matched; nil: all.
    package var matched: Bool?
    package var limit = 50
    package var before: Int64?

    package init() {}
}

package struct InboundUpdatePage: Sendable {
    package let updates: [InboundUpdate]
    package let next: Int64?
    package let count: CappedCount

    package init(updates: [InboundUpdate], next: Int64?, count: CappedCount) {
        self.updates = updates
        self.next = next
        self.count = count
    }
}
