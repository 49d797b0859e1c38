import Foundation

/// How many files and connections the system lets this process open.
enum OpenFiles {
    /// The database, its readers, libcurl's connections and the log, with room to spare.
    static let besideConnections = 256

    /// Raises the limit as far as an ordinary user may, and says what it is then.
    static func raiseLimit() -> Int {
        let which = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(which, &limit) == 0 else { return .max }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(which, &limit)
        _ = getrlimit(which, &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
