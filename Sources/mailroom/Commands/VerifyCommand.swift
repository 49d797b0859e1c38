import ArgumentParser
import Orders
import SQLiteStore

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove that a backup, or the database, is whole.",
        discussion: """
            Reads the file from end to end: SQLite's integrity check, every reference, the bytes of all that is still to \
            be sent; and, when the backup's .json lies beside it, that it is the file which was made. Ends with 0 when \
            all holds and with 65 when not. Without FILE it reads the database of the settings, also while a server \
            writes it.

            Examples:
              mailroom verify /var/backups/mailroom/mailroom-20261125T031500Z.db
              mailroom verify
              mailroom verify --json
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @Argument(help: "The file; without it, the database.", completion: .file(extensions: ["db"])) var file: String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let settings = try shared.settings()
        let path = file ?? settings.databasePath
        let census: FileCensus
        let manifest: BackupManifest?
        do {
            census = try DatabaseCopy.examine(path)
        } catch {
            throw Failure(error, source: path, target: path)
        }
        manifest = file == nil ? nil : try BackupManifest.read(beside: path)
        if let manifest {
            let differences = try manifest.differences(from: path, census: census)
            guard differences.isEmpty else {
                throw Failure(
                    .dataError, "\(path) is not the backup that was made: \(differences.joined(separator: "; "))")
            }
        }
        if file != nil { RetentionCommand.warn(of: path, settings) }
        guard json else {
            let known = manifest.map { ", as it was made at \($0.takenAt)" } ?? ""
            return try Terminal.print("\(path) is whole\(known): \(census.summary)\n")
        }
        try Terminal.print { json in
            json.object {
                $0.field("file", path)
                $0.field("verified", true)
                $0.field("has_manifest", manifest != nil)
                census.writeMembers(to: &$0)
            }
        }
    }
}
