import Configuration
import Foundation

/// Everywhere a setting may come from: options over environment over file over the built-in default.
struct SettingSources: Sendable {
    /// By key, as given on the command line.
    var options: [String: String] = [:]
    var environment: [String: String] = [:]
    var file: SettingsFile?
    /// What `serve --demo` decides, over everything else.
    var demo: [String: String] = [:]

    /// Finds and reads the file: `--config`, else `MAILROOM_CONFIG`, else `./mailroom.yaml` when there is one.
    static func collect(
        file path: String?, options: [String: String],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) -> SettingSources {
        var sources = SettingSources(options: options, environment: environment)
        let named = path ?? environment[SettingName.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        if let named {
            sources.file = try SettingsFile.read(named)
        } else if FileManager.default.fileExists(atPath: defaultFile) {
            sources.file = try SettingsFile.read(defaultFile)
        }
        return sources
    }

    static let defaultFile = "mailroom.yaml"

    /// The layers that were given, the strongest first.
    private var layers: [(values: any ConfigSnapshot, origin: (SettingRow) -> SettingOrigin)] {
        let variables = EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "mailroom")
        var layers: [(any ConfigSnapshot, (SettingRow) -> SettingOrigin)] = [
            (Self.memory(demo), { _ in .demo }),
            (Self.memory(options), { .option(name: $0.optionName) }),
            (variables.snapshot(), { .environment(name: $0.environmentName) }),
        ]
        if let file, let values = file.values { layers.append((values, { _ in .file(path: file.path) })) }
        return layers
    }

    private static func memory(_ values: [String: String]) -> any ConfigSnapshot {
        let pairs = values.map { key, text in
            let isSecret = KnownSettings.row(key)?.isSecret ?? true
            return (AbsoluteConfigKey(ConfigKey(key)), ConfigValue(.string(text), isSecret: isSecret))
        }
        return InMemoryProvider(values: Dictionary(pairs, uniquingKeysWith: { $1 })).snapshot()
    }

    /// What was given for a setting, from the strongest source that has it; nil when none has. `rank` is 0 for the
    /// strongest source. The text is trimmed; a list is joined with commas.
    func given(_ row: SettingRow) throws(SettingProblem) -> GivenSetting? {
        let key = AbsoluteConfigKey(ConfigKey(row.key))
        for (rank, layer) in layers.enumerated() {
            let origin = layer.origin(row)
            if let text = try Self.text(of: key, row: row, in: layer.values, origin: origin) {
                return GivenSetting(
                    text: text.trimmingCharacters(in: .whitespacesAndNewlines), origin: origin, rank: rank)
            }
        }
        return nil
    }

    private static func text(
        of key: AbsoluteConfigKey, row: SettingRow, in values: any ConfigSnapshot, origin: SettingOrigin
    ) throws(SettingProblem) -> String? {
        // Asked for as text: that is how it was written, and nothing converts it behind our back.
        if let found = try? values.value(forKey: key, type: .string) {
            guard case .string(let text)? = found.value?.content else { return nil }
            return text
        }
        if let found = try? values.value(forKey: key, type: .stringArray),
            case .stringArray(let items)? = found.value?.content
        {
            return items.joined(separator: ",")
        }
        throw SettingProblem(subject: row.key, origin: origin, detail: "cannot be read; it is " + row.allowed)
    }

    /// Keys of the file that mean nothing, or are there twice.
    var fileProblems: [SettingProblem] {
        guard let file else { return [] }
        let origin = SettingOrigin.file(path: file.path)
        let counts = Dictionary(file.keys.map { ($0, 1) }, uniquingKeysWith: +)
        let unknown = counts.keys.filter { KnownSettings.row($0) == nil }.sorted().map { key in
            SettingProblem(subject: key, origin: origin, detail: Self.unknownKey(key))
        }
        let doubled = counts.filter { $1 > 1 }.keys.sorted().map { key in
            SettingProblem(subject: key, origin: origin, detail: "is set more than once")
        }
        return unknown + doubled
    }

    private static func unknownKey(_ key: String) -> String {
        if KnownSettings.rows.contains(where: { $0.key.hasPrefix(key + ".") }) {
            return "is a group of settings, not a setting"
        }
        let suggestion = Suggestion.nearest(to: key, among: KnownSettings.rows.map(\.key))
        return "is no setting" + (suggestion.map { "; did you mean \($0)?" } ?? "")
    }

    /// Environment names that look like ours and mean nothing: they may belong to somebody else, so they only warn.
    var environmentWarnings: [String] {
        let known = Set(KnownSettings.rows.map(\.environmentName) + [SettingName.fileVariable])
        let strange = environment.keys.filter { $0.hasPrefix(SettingName.environmentPrefix) && !known.contains($0) }
        return strange.sorted().map { name in
            let suggestion = Suggestion.nearest(to: name, among: known.sorted())
            return "environment variable \(name) means nothing"
                + (suggestion.map { "; did you mean \($0)?" } ?? "")
        }
    }
}

extension SettingProblem: Error {}

struct GivenSetting: Sendable {
    let text: String
    let origin: SettingOrigin
    /// 0 for the strongest source.
    let rank: Int
}
