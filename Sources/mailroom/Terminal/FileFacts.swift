import Foundation

/// What the system says of a file.
struct FileFacts: Sendable, Hashable {
    let bytes: Int64
    /// The permission bits.
    let mode: Int
    /// Two paths with one identity are one file.
    let identity: [Int]

    /// Nil when there is none, or it may not be looked at. A link counts as what it points to.
    init?(_ path: String) {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let found = try? FileManager.default.attributesOfItem(atPath: target),
            let bytes = found[.size] as? NSNumber, let mode = found[.posixPermissions] as? NSNumber
        else { return nil }
        self.bytes = bytes.int64Value
        self.mode = mode.intValue
        identity = [found[.systemNumber], found[.systemFileNumber]].compactMap { ($0 as? NSNumber)?.intValue }
    }
}
