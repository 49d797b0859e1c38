import Orders

/// A delivery's attempts as the file keeps them: `[started, milliseconds it took, HTTP status, error]`, comma-separated
/// and only ever appended to.
enum AttemptLog {
    static func entry(_ attempt: DeliveryAttempt) -> String {
        var json = JSONWriter(reserving: 64)
        json.array([attempt]) { attempt, json in
            json.literal(String(attempt.startedAt.milliseconds))
            json.literal(String(attempt.endedAt.milliseconds - attempt.startedAt.milliseconds))
            if attempt.status != nil || attempt.error != nil { json.literal(attempt.status.map(String.init) ?? "null") }
            if let error = attempt.error { json.string(error) }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    static func decode(_ log: String?) throws -> [DeliveryAttempt] {
        guard let log else { return [] }
        guard let entries = (try? JSONReader.read(Array("[\(log)]".utf8)))?.arrayValue else {
            throw Corruption("a delivery's log is no JSON")
        }
        return try entries.map { entry in
            guard let fields = entry.arrayValue, fields.count >= 2, let started = fields[0].intValue,
                let took = fields[1].intValue
            else { throw Corruption("an attempt in a delivery's log is not understood") }
            return DeliveryAttempt(
                startedAt: Timestamp(milliseconds: Int64(started)),
                endedAt: Timestamp(milliseconds: Int64(started + took)),
                status: fields.count > 2 ? fields[2].intValue : nil,
                error: fields.count > 3 ? fields[3].stringValue : nil)
        }
    }
}
