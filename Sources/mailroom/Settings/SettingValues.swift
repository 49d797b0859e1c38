import Foundation
import Orders

/// The text of every setting that has one, read and judged, with its origin.
struct SettingValues: Sendable {
    /// What the settings are wanted for, which decides what must be there.
    enum Purpose: Sendable {
        /// The service: what it cannot start without must be there.
        case serve
        /// Showing them: everything is judged, nothing need be there.
        case show
        /// A command that never needs a secret: files of secrets, which its user may not be allowed to read, stay
        /// closed.
        case command
    }

    struct Value: Sendable {
        let text: String
        let origin: SettingOrigin
    }

    private(set) var values: [String: Value] = [:]
    /// Read, and not settings: environment names that mean nothing.
    let warnings: [String]

    /// Reads every row of the table.
    /// - Throws: all problems at once.
    init(_ sources: SettingSources, for purpose: Purpose) throws(SettingsError) {
        warnings = sources.environmentWarnings
        var problems = sources.fileProblems
        for row in KnownSettings.rows {
            do {
                values[row.key] = try Self.value(of: row, in: sources, for: purpose)
            } catch {
                problems.append(error)
            }
        }
        problems += crossProblems
        guard problems.isEmpty else { throw SettingsError(problems: problems, warnings: warnings) }
    }

    private static func value(
        of row: SettingRow, in sources: SettingSources, for purpose: Purpose
    ) throws(SettingProblem) -> Value? {
        if let given = try givenOrFromFile(row, in: sources, for: purpose) {
            guard row.accepts(given.text) else {
                let detail = given.text.isEmpty ? "is empty" : "does not fit"
                throw SettingProblem(
                    subject: row.key, origin: given.origin, detail: "\(detail); it must be \(row.allowed)")
            }
            return Value(text: given.text, origin: given.origin)
        }
        if let text = row.defaultText { return Value(text: text, origin: .builtIn) }
        guard row.isNeededByServe, purpose == .serve else { return nil }
        let file = KnownSettings.fileKeyBySecretKey[row.key].map { " (or \($0) names a file that holds it)" } ?? ""
        throw SettingProblem(
            subject: row.key, origin: nil, detail: "is needed by serve and not set; it is \(row.allowed)\(file)")
    }

    /// A secret may stand in a file of its own; the stronger source of the two wins, and both in one is a mistake.
    private static func givenOrFromFile(
        _ row: SettingRow, in sources: SettingSources, for purpose: Purpose
    ) throws(SettingProblem) -> GivenSetting? {
        let given = try sources.given(row)
        guard let fileKey = KnownSettings.fileKeyBySecretKey[row.key], let fileRow = KnownSettings.row(fileKey),
            let file = try sources.given(fileRow), !file.text.isEmpty
        else { return given }
        if let given {
            if given.rank < file.rank { return given }
            if given.rank == file.rank {
                throw SettingProblem(
                    subject: row.key, origin: given.origin, detail: "is set, and \(fileKey) too: give one of them")
            }
        }
        guard purpose != .command else { return nil }
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(file.text)
        } catch {
            throw SettingProblem(
                subject: fileKey, origin: file.origin, detail: "names a file that cannot be read: \(error.reason)")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        return GivenSetting(
            text: lines.joined(separator: ","), origin: .secretFile(path: file.text, named: file.origin),
            rank: file.rank)
    }

    /// What is wrong only between two settings.
    private var crossProblems: [SettingProblem] {
        guard let http = values[KnownSettings.httpPort.key], let metrics = values[KnownSettings.metricsPort.key],
            http.text == metrics.text, http.text != "0",
            values[KnownSettings.httpHost.key]?.text == values[KnownSettings.metricsHost.key]?.text
        else { return [] }
        let detail = "is the port of http.port on the same address; it must be another"
        return [SettingProblem(subject: KnownSettings.metricsPort.key, origin: metrics.origin, detail: detail)]
    }

    /// - Throws: a problem when the setting is not there, or does not fit: never a default in its place.
    func required<Value>(_ setting: Setting<Value>) throws(SettingsError) -> Value {
        guard let value = try optional(setting) else {
            throw SettingsError(problems: [SettingProblem(subject: setting.key, origin: nil, detail: "is not set")])
        }
        return value
    }

    /// Nil only when the setting has no default and nobody set it.
    func optional<Value>(_ setting: Setting<Value>) throws(SettingsError) -> Value? {
        guard let found = values[setting.key] else { return nil }
        guard let value = setting.reading.read(found.text) else {
            let detail = "does not fit; it must be \(setting.reading.allowed)"
            throw SettingsError(problems: [
                SettingProblem(subject: setting.key, origin: found.origin, detail: detail)
            ])
        }
        return value
    }
}
