package import Orders

extension OrderDetail {
    /// The whole order as staff see it (contract §4).
    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("number", order.number.description)
            $0.field("status", order.status.rawValue)
            $0.array("flags", order.flags.map(\.rawValue))
            $0.field("placed_at", order.placedAt)
            $0.field("updated_at", order.updatedAt)
            $0.field("erased_at", order.facts.erasedAt)
            $0.array("items", zip(order.lines, order.quantities)) { line, json in Self.write(line.0, line.1, to: &json)
            }
            $0.field("total_weight", order.statedTotalWeight)
            $0.field("weight_limit", order.weightLimit)
            $0.name("ship_to")
            order.shipTo.write(to: &$0)
            $0.field("email", order.email)
            $0.field("requester_type", order.requesterType.rawValue)
            $0.field("language", order.language.rawValue)
            $0.field("notes", order.notes)
            writeFacts(to: &$0)
            $0.array("packages", order.parcels) { $0.writeForStaff(to: &$1) }
            $0.array("history", history) { $0.write(to: &$1) }
            $0.array("deliveries", deliveries) { $0.write(to: &$1) }
        }
    }

    private static func write(_ line: LineItem, _ quantities: LineQuantities, to json: inout JSONWriter) {
        json.object {
            line.writeMembers(to: &$0)
            $0.field("quantity_shipped", quantities.shipped)
            $0.field("quantity_delivered", quantities.delivered)
            $0.field("quantity_backordered", quantities.backordered)
            $0.field("quantity_cancelled", quantities.cancelled)
        }
    }

    private func writeFacts(to json: inout JSONWriter) {
        let facts = order.facts
        json.array("staff_notes", facts.staffNotes) { note, json in
            json.object {
                $0.field("at", note.at)
                $0.field("actor", note.by.text)
                $0.field("text", note.text)
            }
        }
        json.optional("hold", facts.hold) { hold, json in
            json.field("reason", hold.reason)
            json.field("at", hold.at)
            json.field("actor", hold.by.text)
        }
        json.optional("rejection", order.openRejection) { rejection, json in
            json.field("reason", rejection.reason)
            json.field("at", rejection.at)
        }
        json.optional("cancellation", CancellationStory(order)) { story, json in
            json.field("state", story.state.rawValue)
            json.field("reason", story.reason)
            json.field("at", story.at)
            json.field("actor", story.actor.text)
            json.field("answer", story.answer)
        }
        json.field("house_reference", order.houseReference)
        json.field("expected_at", order.expectedAt)
        json.field("reship_of", order.reshipOf?.description)
        json.array("reshipped_as", facts.reshippedAs.map(\.description))
    }
}

extension JSONWriter {
    /// An object member, or null.
    mutating func optional<Value>(
        _ name: StaticString, _ value: Value?, _ members: (Value, inout JSONWriter) -> Void
    ) {
        self.name(name)
        if let value { object { members(value, &$0) } } else { literal("null") }
    }
}
