import ArgumentParser
import Foundation
import Fulfillment
import Orders
import SQLiteStore

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write a verified copy of the database, while the server runs or not.",
        discussion: """
            The copy holds every order that was answered 201 before the command began. It is one file, mode 0600, which \
            is compared with its source and then moved to its name; beside it PATH.json says what it holds and its \
            SHA-256. It holds the addresses that the database holds: keep it as safe. When it was made is noted beside \
            the database, for the metrics and `mailroom doctor`.

            Examples:
              mailroom backup /var/backups/mailroom/before-upgrade.db
              mailroom backup --to-dir /var/backups/mailroom --keep 14
              mailroom backup --to-dir /var/backups/mailroom --keep 14 --json
            """)

    @OptionGroup(title: "Settings") var shared: SharedOptions
    @Argument(help: "The file to write.", completion: .file()) var path: String?
    @Option(help: "Write into this folder, under a name with the time.", completion: .directory) var toDir: String?
    @Option(help: "With --to-dir: afterwards keep only so many backups, the newest.") var keep: Int?
    @Flag(help: "Replace the file at PATH; it stays until the new one is verified.") var replace = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (path == nil) != (toDir == nil) else { throw ValidationError("Give a PATH or --to-dir.") }
        guard keep == nil || toDir != nil else { throw ValidationError("--keep needs --to-dir.") }
        guard keep.map({ (1...10_000).contains($0) }) ?? true else { throw ValidationError("--keep is 1 to 10000.") }
    }

    func run() async throws {
        let database = try shared.settings().databasePath
        let now = SystemClock().now
        let folder = toDir.map { BackupFolder(path: $0) }
        guard let target = path ?? folder?.next(at: now) else { return }
        try Self.refuse(target, asCopyOf: database)
        UnixSocket.makeFilesPrivate()
        if let toDir { try Self.make(folder: toDir) }
        var bar = ProgressBar("backup")
        let census: FileCensus
        do {
            census = try DatabaseCopy.write(of: database, to: target, replaces: replace) { bar.show($0, of: $1) }
        } catch {
            throw Failure(error, source: database, target: target)
        }
        bar.finish()
        let manifest = try BackupManifest(of: target, takenAt: now, census: census)
        try manifest.write(beside: target)
        Self.note(manifest, of: target, besideDatabase: database)
        let removed = folder.flatMap { folder in keep.map { folder.prune(keeping: $0) } } ?? []
        try report(manifest, target: target, removed: removed)
    }

    private func report(_ manifest: BackupManifest, target: String, removed: [String]) throws {
        guard json else {
            let gone = removed.isEmpty ? "" : "\(removed.count) older removed\n"
            return try Terminal.print(
                "\(target) is written and verified: \(manifest.census.summary), \(manifest.bytes) bytes\n\(gone)")
        }
        try Terminal.print { json in
            json.object {
                $0.field("backup", target)
                $0.field("verified", true)
                manifest.writeMembers(to: &$0)
                $0.array("removed", removed)
            }
        }
    }

    /// A good backup stays good when it cannot be noted; whoever watches its age then sees an older one.
    private static func note(_ manifest: BackupManifest, of target: String, besideDatabase database: String) {
        let last = LastBackup(takenAt: manifest.takenAt, backup: absolute(target))
        do {
            try last.write(besideDatabase: database)
        } catch {
            Terminal.warn(
                "warning: the backup is written and verified, but neither the metrics nor `mailroom doctor` will know "
                    + "of it: \(error.message)")
        }
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// For its owner alone. A folder above it that is missing is a slip of the pen, or a disk that is not mounted.
    private static func make(folder: String) throws(Failure) {
        // The mask for files takes the right to enter it.
        if mkdir(folder, 0o700) == 0 {
            chmod(folder, 0o700)
        } else if errno != EEXIST {
            throw Failure(.cannotCreate, "cannot make the folder \(folder): \(String(cString: strerror(errno)))")
        }
    }

    /// `--replace` must not put the copy in the place of the database that a server writes, nor of the note beside it.
    private static func refuse(_ target: String, asCopyOf database: String) throws(Failure) {
        guard absolute(target) != absolute(LastBackup.path(besideDatabase: database)) else {
            throw Failure(.usage, "\(target) is where the time of the last backup is noted: name another file")
        }
        guard let one = FileFacts(target), let other = FileFacts(database), one.identity == other.identity else {
            return
        }
        throw Failure(.usage, "\(target) is the database itself: name another file")
    }
}

extension Failure {
    init(_ error: CopyError, source: String, target: String) {
        switch error {
        case .source(let problem): self.init(problem, database: source)
        case .damaged(let problems):
            let lines = problems.map { "  " + $0 }
            self.init(.dataError, (["\(source) is damaged:"] + lines).joined(separator: "\n"))
        case .cannotWrite(let reason): self.init(.ioError, "cannot write \(target): \(reason)")
        case .exists(let path):
            self.init(.cannotCreate, "there is a file \(path) already; name another, or give --replace")
        case .inUse(let holder):
            self.init(
                .temporaryFailure,
                "\(target) is in use by another mailroom process" + (holder.map { " (pid \($0))" } ?? "")
                    + "; stop it first, for example with: systemctl stop mailroom")
        }
    }
}
