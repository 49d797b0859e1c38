import Orders

/// A delivery's attempts as the file keeps them: `[started, milliseconds it took, HTTP status, error, 1 for a probe]`,
/// comma-separated, each without the values that it lacks at its end.
enum AttemptLog {
    static func entry(_ attempt: DeliveryAttempt, isProbe: Bool = false) -> String {
        var json = JSONWriter(reserving: 64)
        json.array { json in
            json.integer(attempt.startedAt.milliseconds)
            json.integer(attempt.endedAt.milliseconds - attempt.startedAt.milliseconds)
            if attempt.status != nil || attempt.error != nil || isProbe {
                json.literal(attempt.status.map(String.init) ?? "null")
            }
            if let error = attempt.error { json.string(error) } else if isProbe { json.literal("null") }
            if isProbe { json.literal("1") }
        }
        return json.text
    }

    /// The log with a failed probe after it. Probes go on as long as the house is down, so of each run of them only the
    /// first and the last are kept.
    static func appending(failedProbe attempt: DeliveryAttempt, to log: String?) throws -> String {
        var entries = try entries(of: log)
        if entries.count >= 2, entries.suffix(2).allSatisfy(\.isProbe) { entries.removeLast() }
        entries.append((attempt, true))
        return entries.map { entry($0.attempt, isProbe: $0.isProbe) }.joined(separator: ",")
    }

    static func decode(_ log: String?) throws -> [DeliveryAttempt] { try entries(of: log).map(\.attempt) }

    private static func entries(of log: String?) throws -> [(attempt: DeliveryAttempt, isProbe: Bool)] {
        guard let log else { return [] }
        guard let entries = (try? JSONReader.read(Array("[\(log)]".utf8)))?.arrayValue else {
            throw Corruption("a delivery's log is no JSON")
        }
        return try entries.map { entry in
            guard let fields = entry.arrayValue, fields.count >= 2, let started = fields[0].intValue,
                let took = fields[1].intValue
            else { throw Corruption("an attempt in a delivery's log is not understood") }
            let attempt = DeliveryAttempt(
                startedAt: Timestamp(milliseconds: Int64(started)),
                endedAt: Timestamp(milliseconds: Int64(started + took)),
                status: fields.count > 2 ? fields[2].intValue : nil,
                error: fields.count > 3 ? fields[3].stringValue : nil)
            return (attempt, fields.count > 4)
        }
    }
}
