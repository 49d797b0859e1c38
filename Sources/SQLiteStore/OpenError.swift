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
        case .readOnlyFile: "the database file may not be written; check its owner and mode"
        case .notDurable(let found):
            "the database would not keep what it has promised (\(found)); the file system must allow SQLite's WAL mode"
        case .cannotOpen(let reason): "the database cannot be opened: \(reason)"
        }
    }
}
