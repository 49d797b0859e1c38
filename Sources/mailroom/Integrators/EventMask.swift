import Orders

/// An event of a real order as a developer may see it: the numbers, titles and weights stay, the person goes.
enum EventMask {
    /// What stays of an order; everything else is replaced or left out, also what later versions add.
    private static let kept: Set<String> = [
        "number", "placed_at", "items", "total_weight", "requester_type", "language", "replaces",
    ]

    /// Nil for what is no event of ours.
    static func masked(_ payload: [UInt8]) -> [UInt8]? {
        guard case .object(let event)? = try? JSONReader.read(payload) else { return nil }
        var json = JSONWriter(reserving: payload.count)
        json.value(
            .object(
                event.compactMap { member in
                    switch member.name {
                    case "type", "timestamp": member
                    case "data": .init(name: "data", value: data(member.value))
                    default: nil
                    }
                }))
        return json.bytes
    }

    private static func data(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return .null }
        return .object(
            members.compactMap { member in
                switch member.name {
                case "order": .init(name: "order", value: order(member.value))
                // Staff and readers write it freely.
                case "reason": .init(name: "reason", value: member.value.isNull ? .null : .string("(withheld)"))
                default: nil
                }
            })
    }

    private static func order(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return .null }
        return .object(
            members.compactMap { member in
                switch member.name {
                case "ship_to": .init(name: "ship_to", value: EventFixture.sampleAddress)
                case "notes": .init(name: "notes", value: member.value.isNull ? .null : .string("(withheld)"))
                case let name where kept.contains(name): member
                default: nil
                }
            })
    }
}
