import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at the settings.",
        discussion: """
            Examples:
              mailroom config show
            """, subcommands: [Show.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every setting, its effective value and where it came from; secrets are masked.",
            discussion: """
                Examples:
                  mailroom config show
                  mailroom config show --config /etc/mailroom/mailroom.yaml --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @OptionGroup(title: "Settings of the service") var service: ServiceOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let sources = try SettingSources.collect(
                file: shared.config, options: shared.given.merging(service.given) { $1 })
            let values = try SettingValues(sources, for: .show)
            for warning in values.warnings { Terminal.warn("warning: \(warning)") }
            let report = SettingsReport(values)
            if json {
                try Terminal.print { report.write(to: &$0) }
            } else {
                try Terminal.print(report.text)
            }
        }
    }
}
