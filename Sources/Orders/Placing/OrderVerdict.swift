/// What becomes of a request for an order.
package enum OrderVerdict: Sendable {
    case accepted(OrderDraft)
    /// Every problem at once.
    case invalid([FieldProblem])
    /// Valid in everything but its weight.
    case tooHeavy(WeightExcess)
}

/// A valid order that has no number yet.
package struct OrderDraft: Sendable, Hashable {
    package let lines: [LineItem]
    package let weightLimit: StatedWeight
    package let shipTo: ShipTo
    package let email: String?
    package let requesterType: RequesterType
    package let language: Language
    package let notes: String?

    /// - Parameter now: the time that `identity` was drawn at.
    package func order(as identity: OrderIdentity, at now: Timestamp) -> Order {
        Order(
            id: identity.id, number: identity.number, statusToken: identity.token, placedAt: now, updatedAt: now,
            lines: lines, weightLimit: weightLimit, shipTo: shipTo, email: email, requesterType: requesterType,
            language: language, notes: notes, reshipOf: nil, facts: OrderFacts())
    }
}

/// How far an order is over the limit, and what would fit.
package struct WeightExcess: Sendable, Hashable {
    package let total: StatedWeight
    package let limit: StatedWeight
    package let excess: StatedWeight
    /// One per line, with `quantityThatFits`.
    package let problems: [FieldProblem]
}

extension OrderForm {
    /// Judges the request as a whole: all problems at once, the weight only when there is no other.
    package func validated(against catalog: Catalog, rules: OrderRules) -> OrderVerdict {
        var judge = FieldJudge()
        let lines = RequestedItems.judged(items, by: &judge, against: catalog)
        let shipTo = judgedAddress(by: &judge, rules: rules)
        let email = judge.text(self.email, at: "/email", maximum: 254)
        if let email, !Self.isEmail(email) {
            judge.refuse("/email", "invalid_email", "enter an e-mail address like name@example.org, or leave it out")
        }
        let requester = choice(self.requesterType, RequesterType.other, at: "/requester_type", by: &judge)
        let language = choice(self.language, Language.english, at: "/language", by: &judge)
        let notes = judge.text(self.notes, at: "/notes", maximum: 1000, allowingLineBreaks: true)
        guard judge.problems.isEmpty, let lines, let shipTo else { return .invalid(judge.problems) }
        if let excess = WeightExcess(lines, limit: rules.weightLimit) { return .tooHeavy(excess) }
        return .accepted(
            OrderDraft(
                lines: lines.map { LineItem($0.title, quantity: $0.quantity) }, weightLimit: rules.weightLimit,
                shipTo: shipTo, email: email, requesterType: requester, language: language, notes: notes))
    }

    private func judgedAddress(by judge: inout FieldJudge, rules: OrderRules) -> ShipTo? {
        guard let shipTo else {
            judge.refuse("/ship_to", "required", "tell us where to mail the parcel")
            return nil
        }
        return shipTo.judged(by: &judge, rules: rules, at: "/ship_to")
    }

    private func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ raw: String?, _ standard: Choice, at pointer: String, by judge: inout FieldJudge
    ) -> Choice {
        guard let raw else { return standard }
        guard let choice = Choice(rawValue: raw) else {
            let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            judge.refuse(pointer, "unknown_value", "must be one of \(allowed)")
            return standard
        }
        return choice
    }

    /// One `@`, something before it, a dotted domain of letters, digits and hyphens after it, and none of the
    /// characters that could make it two addresses or a header.
    static func isEmail(_ text: String) -> Bool {
        if text.isASCII { return Array(text.utf8).withUnsafeBufferPointer(isASCIIEmail) }
        // Not by characters: a mark after the @ would hide it.
        let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false).map(Substring.init)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count),
            parts[0].unicodeScalars.allSatisfy({ $0.value > 0x20 && !"()<>[]:;,\\\"".unicodeScalars.contains($0) })
        else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.unicodeScalars.allSatisfy {
                        $0 == "-" || $0.properties.isAlphabetic || $0.properties.numericType != nil
                    }
            }
    }
}

extension OrderForm {
    /// As `isEmail`, for the many that need no Unicode table.
    fileprivate static func isASCIIEmail(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let at = text.firstIndex(of: UInt8(ascii: "@")) else { return false }
        let local = text[..<at]
        return (1...64).contains(local.count)
            && local.allSatisfy { byte in
                switch byte {
                case ...0x20: false
                case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["),
                    UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\\"),
                    UInt8(ascii: "\""):
                    false
                default: true
                }
            } && isASCIIDomain(text[text.index(after: at)...])
    }

    /// A second `@` is none of its characters.
    private static func isASCIIDomain(_ domain: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var labels = 1
        var length = 0
        var last = UInt8(ascii: "-")
        for byte in domain {
            switch byte {
            case UInt8(ascii: "."):
                guard (1...63).contains(length), last != UInt8(ascii: "-") else { return false }
                labels += 1
                length = 0
                continue
            case UInt8(ascii: "-"): guard length > 0 else { return false }
            case 48...57, 65...90, 97...122: break
            default: return false
            }
            length += 1
            last = byte
        }
        return labels >= 2 && (1...63).contains(length) && last != UInt8(ascii: "-")
    }
}

extension WeightExcess {
    /// Nil when the lines are within the limit, which is inclusive.
    init?(_ lines: [(title: Title, quantity: Int)], limit: StatedWeight) {
        let total = lines.reduce(Weight.zero) { $0 + $1.title.unitWeight.weight * $1.quantity }
        guard total > limit.weight else { return nil }
        self.total = total.stated(in: limit.unit, rounded: .up)
        self.limit = limit
        excess = (total - limit.weight).stated(in: limit.unit, rounded: .up)
        problems = zip(lines, RequestedItems.quantitiesThatFit(lines, limit: limit.weight)).enumerated().map {
            FieldProblem(
                "/items/\($0)/quantity", "over_weight",
                $1.1 == 0 ? "no copy of this title fits beside the others" : "\($1.1) would fit beside the others",
                quantityThatFits: $1.1)
        }
    }
}
