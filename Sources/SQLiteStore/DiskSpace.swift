import Foundation

/// What is free on the disk that holds a file, asked of the file's folder.
package struct DiskSpace: Sendable, Hashable {
    /// What an ordinary user may still write.
    package let freeBytes: Int64
    package let sizeBytes: Int64

    /// Nil when the system does not say.
    package init?(beside path: String) {
        var facts = statvfs()
        guard statvfs(URL(fileURLWithPath: path).deletingLastPathComponent().path, &facts) == 0 else { return nil }
        freeBytes = Int64(facts.f_bavail) * Int64(facts.f_frsize)
        sizeBytes = Int64(facts.f_blocks) * Int64(facts.f_frsize)
    }
}
