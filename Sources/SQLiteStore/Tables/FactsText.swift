import Orders

/// The facts that have no column of their own, as JSON; nil as long as there are none, which is most orders' life.
/// Times are milliseconds, actors as the history names them.
enum FactsText {
    static func encode(_ facts: OrderFacts) -> String? {
        var json = JSONWriter(reserving: 256)
        json.object { json in
            if let hold = facts.hold { write(hold.reason, hold.at, hold.by, as: "hold", to: &json) }
            if !facts.messages.isEmpty {
                json.array("messages", facts.messages) { write($0, to: &$1) }
            }
            if let cancelled = facts.cancelledAtOnce {
                write(cancelled.reason, cancelled.at, cancelled.by, as: "cancelled_at_once", to: &json)
            }
            if let asked = facts.cancellationAsked {
                let cancellation = asked.cancellation
                write(cancellation.reason, cancellation.at, cancellation.by, as: "cancellation_asked", to: &json)
                json.field("answers_before", asked.answersBefore)
            }
            if !facts.answeredRejections.isEmpty {
                json.array("answered_rejections", facts.answeredRejections.sorted())
            }
            if facts.addressChanged { json.field("address_changed", true) }
            if !facts.staffNotes.isEmpty {
                json.array("notes", facts.staffNotes) { note, json in
                    json.object { writeMembers(note.text, note.at, note.by, to: &$0) }
                }
            }
            if !facts.reshippedAs.isEmpty {
                json.array("reshipped_as", facts.reshippedAs) { $1.integer($0.value) }
            }
        }
        // An object without members.
        return json.withBytes(\.count) == 2 ? nil : json.text
    }

    private static func write(
        _ text: String?, _ at: Timestamp, _ by: Actor, as name: StaticString, to json: inout JSONWriter
    ) {
        json.object(name) { writeMembers(text, at, by, to: &$0) }
    }

    private static func writeMembers(_ text: String?, _ at: Timestamp, _ by: Actor, to json: inout JSONWriter) {
        json.field("text", text)
        json.field("at", Int(at.milliseconds))
        json.field("by", by.text)
    }

    private static func write(_ message: HouseMessage, to json: inout JSONWriter) {
        json.object { json in
            json.field("id", message.id)
            json.field("at", Int(message.sentAt.milliseconds))
            switch message.content {
            case .acknowledged(let reference):
                json.field("is", "acknowledged")
                json.field("text", reference)
            case .rejected(let reason):
                json.field("is", "rejected")
                json.field("text", reason)
            case .backordered(let items, let expectedAt):
                json.field("is", "backordered")
                json.field("text", expectedAt)
                json.name("items")
                json.literal(ItemsText.encode(items))
            case .cancelled(let reason, let items), .cancellationRefused(let reason, let items):
                let isCancelled = if case .cancelled = message.content { true } else { false }
                json.field("is", isCancelled ? "cancelled" : "cancellation_refused")
                json.field("text", reason)
                if let items {
                    json.name("items")
                    json.literal(ItemsText.encode(items))
                }
            }
        }
    }

    // MARK: Reading

    /// Reads into `facts` what `encode` wrote.
    static func decode(_ text: String, into facts: inout OrderFacts) throws {
        guard let json = try? JSONReader.read(Array(text.utf8)) else {
            throw Corruption("an order's facts are no JSON")
        }
        if let hold = try json["hold"].map(remark) {
            facts.hold = Hold(reason: hold.text ?? "", at: hold.at, by: hold.by)
        }
        facts.messages = try (json["messages"]?.arrayValue ?? []).map(message)
        facts.cancelledAtOnce = try json["cancelled_at_once"].map(cancellation)
        if let asked = try json["cancellation_asked"].map(cancellation) {
            let answers = json["answers_before"]?.intValue ?? 0
            facts.cancellationAsked = CancellationRequest(cancellation: asked, answersBefore: answers)
        }
        facts.answeredRejections = Set((json["answered_rejections"]?.arrayValue ?? []).compactMap(\.stringValue))
        facts.addressChanged = json["address_changed"]?.boolValue ?? false
        facts.staffNotes = try (json["notes"]?.arrayValue ?? []).map { value in
            let note = try remark(value)
            return StaffNote(at: note.at, by: note.by, text: note.text ?? "")
        }
        facts.reshippedAs = try (json["reshipped_as"]?.arrayValue ?? []).map { value in
            guard let number = value.intValue.flatMap({ OrderNumber(value: Int64($0)) }) else {
                throw Corruption("an order's facts name no order number")
            }
            return number
        }
    }

    private static func time(_ value: JSONValue) -> Timestamp? {
        value.intValue.map { Timestamp(milliseconds: Int64($0)) }
    }

    private static func remark(_ value: JSONValue) throws -> (text: String?, at: Timestamp, by: Actor) {
        guard let at = value["at"].flatMap(time), let by = value["by"]?.stringValue else {
            throw Corruption("an order's facts are not understood")
        }
        return (value["text"]?.stringValue, at, Actor(text: by))
    }

    private static func cancellation(_ value: JSONValue) throws -> Cancellation {
        let remark = try remark(value)
        return Cancellation(reason: remark.text, at: remark.at, by: remark.by)
    }

    private static func message(_ value: JSONValue) throws -> HouseMessage {
        guard let id = value["id"]?.stringValue, let at = value["at"].flatMap(time) else {
            throw Corruption("a house's message has no id or no time")
        }
        let text = value["text"]?.stringValue
        let items = try value["items"].map { try ItemsText.decode($0) }
        let content: HouseMessage.Content =
            switch value["is"]?.stringValue {
            case "acknowledged": .acknowledged(houseReference: text)
            case "rejected": .rejected(reason: text ?? "")
            case "backordered": .backordered(items: items ?? [], expectedAt: text)
            case "cancelled": .cancelled(reason: text, items: items)
            case "cancellation_refused": .cancellationRefused(reason: text, items: items)
            default: throw Corruption("a house's message is of no known kind")
            }
        return HouseMessage(id: id, sentAt: at, content: content)
    }
}
