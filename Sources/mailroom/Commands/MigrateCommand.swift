import ArgumentParser
import Orders
import SQLiteStore

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Create the database, or bring it up to date. Stop the server first; nothing is seeded.",
        discussion: """
            Makes no copy first: `mailroom backup` does.

            Examples:
              mailroom migrate
              mailroom migrate --config /etc/mailroom/mailroom.yaml --json
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let path = try shared.settings().databasePath
        UnixSocket.makeFilesPrivate()
        let report: MigrationReport
        do {
            report = try OrderDatabase.migrate(path: path)
        } catch {
            throw Failure(error, database: path)
        }
        guard json else { return try Terminal.print(Self.text(report, path)) }
        try Terminal.print { json in
            json.object {
                $0.field("database", path)
                $0.array("applied", report.applied)
            }
        }
    }

    private static func text(_ report: MigrationReport, _ path: String) -> String {
        guard !report.applied.isEmpty else { return "\(path) is up to date.\n" }
        return report.applied.map { "applied migration \($0)\n" }.joined() + "\(path) is up to date now.\n"
    }
}
