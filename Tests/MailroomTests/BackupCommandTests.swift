import Foundation
import Orders
import TestSupport
import Testing

@testable import mailroom

/// `backup`, `verify` and `restore` as an operator runs them.
@Suite(.timeLimit(.hanging)) struct BackupCommandTests {
    private static let metric = "mailroom_backup_last_success_timestamp_seconds"

    private let program: MailroomProgram

    init() throws {
        program = try MailroomProgram()
        _ = try program.run("migrate")
    }

    @Test func aBackupIsWrittenWithItsManifestAndVerifies() throws {
        let backup = try program.run("backup", "copy.db")
        #expect(backup.status == 0 && backup.output.contains("copy.db is written and verified: 0 orders"))
        let manifest = try JSONReader.read(try FileBytes.read(program.path("copy.db.json")))
        #expect(manifest["sha256"]?.stringValue?.count == 64)
        #expect(manifest["rows"]?["orders"]?.intValue == 0)
        let verified = try program.run("verify", "copy.db", "--json")
        #expect(verified.status == 0)
        #expect(try JSONReader.read(Array(verified.output.utf8))["has_manifest"]?.boolValue == true)
        #expect(try program.run("verify").status == 0)
    }

    @Test func aBackupThatWasChangedSinceIsNotBelieved() throws {
        _ = try program.run("backup", "copy.db")
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: program.path("copy.db")))
        // The version of the program that wrote last: no check of SQLite minds it.
        try file.seek(toOffset: 96)
        try file.write(contentsOf: Data([9, 9, 9, 9]))
        try file.close()
        let verified = try program.run("verify", "copy.db")
        #expect(verified.status == 65 && verified.errors.contains("SHA-256"))
        #expect(try program.run("restore", "copy.db", "--replace").status == 65)
        #expect(try program.run("verify", "nowhere.db").status == 66)
    }

    @Test func nothingIsOverwrittenUnasked() throws {
        #expect(try program.run("backup", "copy.db").status == 0)
        let again = try program.run("backup", "copy.db")
        #expect(again.status == 73 && again.errors.contains("--replace"))
        #expect(try program.run("backup", "copy.db", "--replace").status == 0)
        #expect(try program.run("backup", "mailroom.db", "--replace").status == 64)
        #expect(try program.run("restore", "copy.db").status == 73)
        #expect(try program.run("backup").status == 64)
        #expect(try program.run("backup", "x.db", "--keep", "2").status == 64)
    }

    @Test func whenTheLastBackupWasMadeIsNotedBesideTheDatabase() throws {
        let database = program.path("mailroom.db")
        #expect(LastBackup.read(besideDatabase: database) == nil)
        #expect(FileReadings.all(databasePath: database).contains(MetricReading(Self.metric, 0)))
        _ = try program.run("backup", "copy.db")
        let manifest = try #require(try BackupManifest.read(beside: program.path("copy.db")))
        let last = try #require(LastBackup.read(besideDatabase: database))
        #expect(last.takenAt == manifest.takenAt && last.backup.hasSuffix("/copy.db"))
        let seconds = Double(manifest.takenAt.milliseconds) / 1000
        #expect(FileReadings.all(databasePath: database).contains(MetricReading(Self.metric, seconds)))

        // One that fails changes nothing, and what is damaged counts as none.
        #expect(try program.run("backup", "copy.db").status == 73)
        #expect(LastBackup.read(besideDatabase: database) == last)
        _ = try program.write("{", to: "mailroom.db.last-backup")
        #expect(LastBackup.read(besideDatabase: database) == nil)
        #expect(FileReadings.all(databasePath: database).contains(MetricReading(Self.metric, 0)))
    }

    @Test func aGoodBackupStaysGoodWhenItCannotBeNoted() throws {
        let note = program.path("mailroom.db.last-backup")
        try FileManager.default.createDirectory(atPath: note, withIntermediateDirectories: false)
        let backup = try program.run("backup", "copy.db")
        #expect(backup.status == 0 && backup.output.contains("is written and verified"))
        #expect(backup.errors.contains("warning:") && backup.errors.contains("mailroom.db.last-backup"))
        #expect(try program.run("verify", "copy.db").status == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: program.folder.path)
        #expect(left.filter { $0.hasSuffix(".part") }.isEmpty)
    }

    /// The next backup's note would take its place.
    @Test func noBackupIsWrittenWhereTheLastOneIsNoted() throws {
        #expect(try program.run("backup", "mailroom.db.last-backup").status == 64)
        #expect(try program.run("backup", "./mailroom.db.last-backup", "--replace").status == 64)
    }

    /// What is known of backups is of this machine's, not of the one that the copy was made on.
    @Test func aRestoreElsewhereKnowsOfNoBackupUntilOneIsMadeThere() throws {
        _ = try program.run("backup", "copy.db")
        let there = ["MAILROOM_DATABASE_URL": "sqlite:there.db"]
        #expect(try program.run(["restore", "copy.db"], environment: there).status == 0)
        #expect(LastBackup.read(besideDatabase: program.path("there.db")) == nil)
        #expect(try program.run(["backup", "there-copy.db"], environment: there).status == 0)
        #expect(LastBackup.read(besideDatabase: program.path("there.db"))?.backup.hasSuffix("there-copy.db") == true)
    }

    @Test func aFolderKeepsTheNewestAndLosesWhatInterruptedRunsLeft() throws {
        let folder = program.path("backups")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        for name in [
            "mailroom-20200101T000000Z.db", "mailroom-20200101T000000Z.db.json", "mailroom-20200102T000000Z.db",
            "mailroom-20200103T000000Z.db.2147483646.part", "notes.txt",
        ] {
            _ = try program.write("x", to: "backups/\(name)")
        }
        let backup = try program.run("backup", "--to-dir", "backups", "--keep", "2")
        #expect(backup.status == 0 && backup.output.contains("1 older removed"))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(left.count == 4)
        #expect(left.first == "mailroom-20200102T000000Z.db" && left.last == "notes.txt")
    }

    @Test func aRestoreWithoutADatabaseMakesOne() throws {
        _ = try program.run("backup", "copy.db")
        for ending in ["", "-wal", "-shm"] {
            try FileManager.default.removeItem(atPath: program.path("mailroom.db" + ending))
        }
        let restored = try program.run("restore", "copy.db", "--json")
        #expect(restored.status == 0)
        #expect(try JSONReader.read(Array(restored.output.utf8))["kept_as"]?.isNull == true)
        #expect(try program.run("migrate").output == "mailroom.db is up to date.\n")
        let mode = try FileManager.default.attributesOfItem(atPath: program.path("mailroom.db"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func theFolderIsMadeForItsOwnerAndAWrongNameIsNoReasonToMakeADatabase() async throws {
        let program = try MailroomProgram()
        _ = try program.run("migrate")
        #expect(try program.run("backup", "--to-dir", "new").status == 0)
        #expect(FileFacts(program.path("new"))?.mode == 0o700)
        let deep = try program.run("backup", "--to-dir", "none/new")
        #expect(deep.status == 73 && deep.errors.contains("cannot make the folder none/new: No such file"))
        let wrong = try program.run("restore", "nosuch.db", "--replace")
        #expect(wrong.status == 66 && wrong.errors.contains("there is no backup nosuch.db"))
        #expect(!wrong.errors.contains("migrate"))
        let folder = try program.run("restore", "new", "--replace")
        #expect(folder.status == 66 && folder.errors.contains("new is a folder: name one backup"), "\(folder.errors)")
    }
}
