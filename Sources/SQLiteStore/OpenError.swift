/// Why a database file cannot be used. The message says what to do about it.
package enum OpenError: Error, Sendable, Hashable {
    /// Another process writes the file; its id, when it left one.
    case locked(holder: Int32?)
    case missing
    /// Made by an older version.
    case tooOld
    /// Made by a newer version.
    case tooNew
    /// Some other file.
    case notADatabase
    case readOnlyFile
    case unreadableFile
    /// SQLite found it broken.
    case damaged
    /// Some other program holds SQLite's own lock on it.
    case busy
    case diskFull
    /// The system could not read, write or sync.
    case diskError(code: Int32)
    /// A commit would not survive a power cut.
    case notDurable(found: String)
    case cannotOpen(reason: String)

    package var message: String {
        switch self {
        case .locked(let holder):
            "the database is in use by another mailroom process" + (holder.map { " (pid \($0))" } ?? "")
                + "; stop it, or let it do the work: commands reach a running server through its socket"
        case .missing: "there is no database file; run `mailroom migrate` to make one"
        case .tooOld: "the database was made by an older version; run `mailroom migrate` to bring it up to date"
        case .tooNew: "the database was made by a newer version of mailroom; install that version or a later one"
        case .notADatabase: "the file is not a mailroom database; check the setting database.url"
        case .readOnlyFile:
            "the database file or its folder may not be written; check the owner and mode of both, and that the file "
                + "system is not mounted read-only"
        case .unreadableFile: "the database file may not be read; check its owner and mode"
        case .damaged:
            "the database is damaged, only a part of it is there, or the disk fails to read it; if the system's log tells "
                + "of no disk errors, keep a copy of it and of the -wal file beside it, and restore the latest backup"
        case .busy:
            "another program holds a lock on the database; close what has it open, such as the sqlite3 shell, and try "
                + "again"
        case .diskFull: "the disk is full; make room and start again"
        case .diskError(let code):
            "the disk failed to read, write or sync (SQLite \(code)); check the disk and the system's log, then start "
                + "again: what was confirmed before is kept"
        case .notDurable(let found):
            "the database would not keep what it has promised (\(found)); the file system must allow SQLite's WAL mode"
        case .cannotOpen(let reason): "the database cannot be opened: \(reason)"
        }
    }
}
