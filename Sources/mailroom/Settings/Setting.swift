/// One setting: its name in the file, what holds when nobody sets it, how its text is read, and what it is for.
struct Setting<Value: Sendable>: Sendable {
    let key: String
    /// Nil: there is none, and whoever needs the setting says so.
    let defaultText: String?
    let reading: Reading<Value>
    let help: String
    var isSecret = false
    /// `serve` does not start without it; every other command does.
    var isNeededByServe = false

    init(
        _ key: String, default defaultText: String?, _ reading: Reading<Value>, _ help: String, isSecret: Bool = false,
        isNeededByServe: Bool = false
    ) {
        self.key = key
        self.defaultText = defaultText
        self.reading = reading
        self.help = help
        self.isSecret = isSecret
        self.isNeededByServe = isNeededByServe
    }

    /// The setting without its type, for the table.
    var row: SettingRow {
        let reading = reading
        return SettingRow(
            key: key, defaultText: defaultText, allowed: reading.allowed, help: help, isSecret: isSecret,
            isNeededByServe: isNeededByServe, accepts: { reading.read($0) != nil })
    }
}

/// How the text of a setting becomes its value. Reading never falls back: text that does not fit is a problem.
struct Reading<Value: Sendable>: Sendable {
    /// For a person: "a whole number from 0 to 65535".
    let allowed: String
    let read: @Sendable (String) -> Value?
}

/// One row of the table of known settings.
struct SettingRow: Sendable {
    let key: String
    let defaultText: String?
    let allowed: String
    let help: String
    let isSecret: Bool
    let isNeededByServe: Bool
    let accepts: @Sendable (String) -> Bool

    /// `http.port` is `MAILROOM_HTTP_PORT`.
    var environmentName: String { SettingName.environment(of: key) }
    /// `http.port` is `http-port`.
    var optionName: String { SettingName.option(of: key) }
}

/// One name in three spellings.
enum SettingName {
    static let environmentPrefix = "MAILROOM_"
    /// Names the settings file itself; not a setting.
    static let fileVariable = "MAILROOM_CONFIG"

    static func environment(of key: String) -> String {
        environmentPrefix + key.uppercased().replacing(".", with: "_")
    }

    static func option(of key: String) -> String { key.replacing(".", with: "-") }
}
