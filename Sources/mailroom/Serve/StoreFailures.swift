import Orders
import SQLiteStore

// What the store's errors mean to whoever ran the command.

extension Failure {
    /// - Parameter database: the file's path; the message says what to do about it.
    init(_ error: OpenError, database: String) {
        let status: SystemExit =
            switch error {
            case .locked, .busy: .temporaryFailure
            case .missing: .noInput
            case .tooOld, .tooNew: .configuration
            case .notADatabase, .damaged: .dataError
            case .readOnlyFile, .unreadableFile: .noPermission
            case .notDurable, .diskFull, .diskError: .ioError
            case .cannotOpen: .cannotCreate
            }
        self.init(status, "\(database)\(status == .temporaryFailure ? " is locked" : ""): \(error.message)")
    }

    init(_ error: StoreError) {
        switch error {
        case .unavailable(let reason): self.init(.temporaryFailure, "the database cannot serve now: \(reason)")
        case .corrupt(let detail): self.init(.software, "the database is damaged, or its disk fails: \(detail)")
        case .cancelled: self.init(.temporaryFailure, "interrupted")
        }
    }
}
