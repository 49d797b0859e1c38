import ArgumentParser
import Foundation

/// `mailroom`: the root of all commands.
struct MailroomCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailroom",
        abstract: "Takes orders for free publications, tells the fulfillment house, and follows the parcels.",
        discussion: """
            Exit codes follow sysexits: 0 done, 64 usage, 65 bad data, 66 not found, 69 unavailable, 70 defect, \
            73 cannot create, 74 input or output, 75 try again, 77 no permission, 78 settings. With --json a command \
            prints JSON whose members keep their names and meanings; more may be added.

            Completions for bash, zsh and fish: mailroom --generate-completion-script bash (or zsh, fish).

            Examples:
              mailroom serve --demo
              mailroom migrate
              mailroom doctor
            """,
        version: "mailroom \(BuildInfo.version)",
        subcommands: [
            ServeCommand.self, MigrateCommand.self, ConfigCommand.self, TokenCommand.self, StaffCommand.self,
            CatalogCommand.self, OrdersCommand.self, RetentionCommand.self, HouseCommand.self,
            BackupCommand.self, VerifyCommand.self, RestoreCommand.self,
            SignatureCommand.self, TriggerCommand.self, ListenCommand.self,
            DoctorCommand.self, TopCommand.self,
        ])
}

@main
enum Main {
    static func main() async {
        do {
            var command = try MailroomCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Our own failures say what happened and carry their code; the rest is the argument parser's: help, and 64 for
    /// wrong usage.
    private static func end(with error: any Error) -> Never {
        switch error {
        case let failure as Failure: end(failure)
        case let settings as SettingsError: end(settings.failure)
        case is CancellationError: exit(SystemExit.temporaryFailure.rawValue)
        default:
            let isWrongUsage = MailroomCommand.exitCode(for: error) == .validationFailure
            if isWrongUsage, let unknown = UnknownCommand(in: Array(CommandLine.arguments.dropFirst())) {
                end(unknown.failure)
            }
            MailroomCommand.exit(withError: error)
        }
    }

    private static func end(_ failure: Failure) -> Never {
        Terminal.warn("mailroom: " + failure.message)
        exit(failure.status.rawValue)
    }
}
