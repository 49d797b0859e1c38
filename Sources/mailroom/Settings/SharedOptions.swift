import ArgumentParser

/// The settings that every command may need.
struct SharedOptions: ParsableArguments {
    @Option(help: "The settings file. [default: $MAILROOM_CONFIG, else ./mailroom.yaml if there is one]")
    var config: String?

    @Option(help: .of(KnownSettings.database)) var databaseURL: String?
    @Option(help: .of(KnownSettings.timeZone)) var timeZone: String?
    @Option(help: .of(KnownSettings.logLevel)) var logLevel: String?
    @Option(help: .of(KnownSettings.logFormat)) var logFormat: String?

    /// By key, what was given.
    var given: [String: String] {
        let pairs: [(String, String?)] = [
            (KnownSettings.database.key, databaseURL),
            (KnownSettings.timeZone.key, timeZone),
            (KnownSettings.logLevel.key, logLevel),
            (KnownSettings.logFormat.key, logFormat),
        ]
        return pairs.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}

extension SharedOptions {
    /// The settings for a command that needs no secret.
    func settings() throws -> Settings { try settings(with: [:], for: .command) }

    /// Reads all settings, starts the log and warns of names that mean nothing.
    /// - Parameter more: by key, what further options gave.
    func settings(with more: [String: String], for purpose: SettingValues.Purpose) throws -> Settings {
        let sources = try SettingSources.collect(file: config, options: given.merging(more) { $1 })
        return try Settings.load(sources, for: purpose)
    }
}

extension ArgumentHelp {
    /// A setting's help, straight from the table.
    static func of<Value>(_ setting: Setting<Value>) -> ArgumentHelp {
        let shown = setting.defaultText.flatMap { $0.isEmpty ? nil : " [default: \($0)]" } ?? ""
        let seen = setting.isSecret ? " Others on this machine can read the command line: better name a file." : ""
        return ArgumentHelp(
            "\(setting.help) (\(setting.reading.allowed))\(shown)\(seen)", valueName: setting.row.valueName)
    }
}

extension SettingRow {
    /// The last word of the key: `--http-port <port>`.
    var valueName: String { key.split(separator: ".").last.map(String.init) ?? key }
}
