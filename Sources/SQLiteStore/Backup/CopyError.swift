import Orders

/// Why a copy of the database was not made, not believed, or not put in its place.
package enum CopyError: Error, Sendable, Hashable {
    /// The file that was to be read is not one that can be.
    case source(OpenError)
    /// It was read, and is not whole; each problem is a line for a person, without anything that somebody typed.
    case damaged([String])
    /// The copy cannot be written there: a full disk, a folder that may not be written.
    case cannotWrite(reason: String)
    /// There is a file already.
    case exists(path: String)
    /// A server, or a command that writes, holds the database that was to be replaced.
    case inUse(holder: Int32?)

    init(reading error: any Error) {
        switch error {
        case let error as CopyError: self = error
        case let error as OpenError: self = .source(error)
        default: self = .damaged(["it cannot be read through: \(StoreError(error))"])
        }
    }
}
