import Foundation
import Orders

/// When the last verified backup of a database was made: a small file beside the database, which `backup` writes, and
/// the metrics and `doctor` read.
///
/// Not a row of the database, for one process writes that, and who backs up is another, also while a server runs. And a
/// restore would bring back what was known when the copy was made; where a database was brought to another machine
/// nothing is known of backups until that machine has made one.
struct LastBackup: Sendable, Hashable {
    /// A backup every night, its random delay, and time for the copying.
    static let longestAgeMilliseconds: Int64 = 26 * 3_600_000

    /// When its copying began: what was placed later may be missing from it.
    let takenAt: Timestamp
    /// Where it was written; by now somebody may have moved it.
    let backup: String

    /// Its own ending, so that no backup's manifest (`….json`) can lie there.
    static func path(besideDatabase database: String) -> String { database + ".last-backup" }

    /// Nil when none was made, or when what is there cannot be read: then nobody here knows of one.
    static func read(besideDatabase database: String) -> LastBackup? {
        guard let bytes = try? FileBytes.read(path(besideDatabase: database)), let json = try? JSONReader.read(bytes),
            let takenAt = json["taken_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
            let backup = json["backup"]?.stringValue
        else { return nil }
        return LastBackup(takenAt: takenAt, backup: backup)
    }

    /// Readable by all who may enter the folder: it names no person, and when an administrator backs up, the service's
    /// user must be able to read it.
    func write(besideDatabase database: String) throws(Failure) {
        var json = JSONWriter()
        json.object {
            $0.field("taken_at", takenAt)
            $0.field("backup", backup)
        }
        let path = Self.path(besideDatabase: database)
        try OutputFile.write(json.bytes + [0x0A], to: path)
        chmod(path, 0o644)
    }
}
