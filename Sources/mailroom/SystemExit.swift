/// What the program answers its caller with: the codes of BSD's `sysexits.h`, so that a service manager can tell a
/// mistake in the settings (never restart) from a passing trouble (try again).
enum SystemExit: Int32, Sendable, CaseIterable {
    case success = 0
    /// Wrong options or arguments.
    case usage = 64
    /// The input was read and is wrong: a catalog row, a number nobody could have written.
    case dataError = 65
    /// The input is not there: no such file, no such order.
    case noInput = 66
    /// Something that is needed does not answer or is taken: the port, the server.
    case unavailable = 69
    /// A defect, or a damaged database.
    case software = 70
    case cannotCreate = 73
    case ioError = 74
    /// Try again later.
    case temporaryFailure = 75
    case noPermission = 77
    /// The settings are wrong; trying again changes nothing.
    case configuration = 78
}

/// Why a command ended early: what a person reads on stderr, and the exit code. Holds no personal data.
struct Failure: Error, Sendable, Equatable {
    let status: SystemExit
    let message: String

    init(_ status: SystemExit, _ message: String) {
        self.status = status
        self.message = message
    }
}
