import ArgumentParser
import Foundation
import Fulfillment
import Orders
import SQLiteStore

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a verified copy of a backup where the database is.",
        discussion: """
            Stop the server first: it is refused while one runs. A database that is there is only replaced with \
            --replace, and is kept beside it under another name, which is printed. The backup itself stays as it is. \
            What was placed after the backup is not in it; what the house was told since may be sent again, under the \
            same webhook-id.

            Examples:
              systemctl stop mailroom
              mailroom restore /var/backups/mailroom/mailroom-20261125T031500Z.db --replace
              mailroom migrate
              systemctl start mailroom
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @Argument(help: "The backup.", completion: .file(extensions: ["db"])) var file: String
    @Flag(help: "Put aside the database that is there.") var replace = false
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let settings = try shared.settings()
        let database = settings.databasePath
        let now = SystemClock().now
        UnixSocket.makeFilesPrivate()
        if let manifest = try BackupManifest.read(beside: file) {
            let differences = try manifest.differences(from: file, census: manifest.census)
            guard differences.isEmpty else {
                throw Failure(
                    .dataError, "\(file) is not the backup that was made: \(differences.joined(separator: "; "))")
            }
        }
        var bar = ProgressBar("restore")
        let report: RestoreReport
        do {
            report = try OrderDatabase.restore(
                file, to: database, replaces: replace, stamp: BackupFolder.stamp(now)
            ) { bar.show($0, of: $1) }
        } catch {
            throw Self.failure(error, file: file, database: database)
        }
        bar.finish()
        RetentionCommand.warn(of: database, settings)
        try tell(report, database: database)
    }

    private static func failure(_ error: CopyError, file: String, database: String) -> Failure {
        if case .source = error {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
                return Failure(
                    .noInput, "there is no backup \(file): `ls` where `mailroom backup` writes names those there are")
            }
            if isFolder.boolValue { return Failure(.noInput, "\(file) is a folder: name one backup in it") }
        }
        guard case .exists(database) = error else { return Failure(error, source: file, target: database) }
        return Failure(
            .cannotCreate,
            "there is a database \(database) already: with --replace it is kept under another name and the backup "
                + "takes its place")
    }

    private func tell(_ report: RestoreReport, database: String) throws {
        guard json else {
            let kept = report.keptAs.map { "what was there is \($0)\n" } ?? ""
            return try Terminal.print("\(database) is restored and verified: \(report.census.summary)\n\(kept)")
        }
        try Terminal.print { json in
            json.object {
                $0.field("database", database)
                $0.field("verified", true)
                $0.field("kept_as", report.keptAs)
                report.census.writeMembers(to: &$0)
            }
        }
    }
}
