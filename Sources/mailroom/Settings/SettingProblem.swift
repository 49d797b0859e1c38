/// One thing that is wrong with the settings. Never quotes a value: it may be a secret.
struct SettingProblem: Sendable, Hashable {
    /// The key, or the file when it could not be read at all.
    let subject: String
    /// Where it was set; nil when the trouble is that it was not.
    let origin: SettingOrigin?
    /// What is wrong, and what would be right.
    let detail: String

    var text: String { subject + (origin.map { " (\($0))" } ?? "") + ": " + detail }
}

/// All that is wrong with the settings, at once.
struct SettingsError: Error, Sendable {
    let problems: [SettingProblem]
    /// What is strange and may be part of the trouble.
    var warnings: [String] = []

    var failure: Failure {
        let lines = problems.map { "  " + $0.text }
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return Failure(
            .configuration,
            (["\(count) in the settings:"] + lines + warnings.map { "  warning: " + $0 }).joined(separator: "\n"))
    }
}

/// Where a setting's value came from.
enum SettingOrigin: Sendable, Hashable {
    case builtIn
    case file(path: String)
    case environment(name: String)
    case option(name: String)
    /// `serve --demo` decides it.
    case demo
    /// Read from a file that another setting names.
    indirect case secretFile(path: String, named: SettingOrigin)
}

extension SettingOrigin: CustomStringConvertible {
    var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path): "file \(path)"
        case .environment(let name): "environment \(name)"
        case .option(let name): "option --\(name)"
        case .demo: "demo"
        case .secretFile(let path, let named): "secret file \(path), named by \(named)"
        }
    }
}
