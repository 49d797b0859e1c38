import Foundation
import Orders
import SQLiteStore

/// The files of a filled database: the stamp beside it tells what it holds, and that it is whole.
///
/// `FILE.filling` stands there while it is being filled, `FILE.stamp.json` afterwards. Only a file with one of them is
/// ever replaced.
struct FilledFile {
    let path: String

    private var stampPath: String { path + ".stamp.json" }
    private var markPath: String { path + ".filling" }

    /// Removes what an earlier fill left and marks the place.
    func begin() throws {
        let files = FileManager.default
        if files.fileExists(atPath: path) {
            guard files.fileExists(atPath: stampPath) || files.fileExists(atPath: markPath) else {
                throw LoadFailure("\(path) is there and was not made by fill; remove it, or name another file")
            }
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: markPath))
        for suffix in ["", "-wal", "-shm", ".lock", ".stamp.json"] where files.fileExists(atPath: path + suffix) {
            try files.removeItem(atPath: path + suffix)
        }
    }

    /// Call when the database is closed: then all of it must be in the one file.
    /// - Parameter stamp: a JSON object.
    func finish(_ stamp: [UInt8]) throws {
        let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
        guard log ?? 0 == 0 else { throw LoadFailure("\(path) was not closed: its write-ahead log is not empty") }
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
        try Data(stamp + [0x0A]).write(to: URL(fileURLWithPath: stampPath), options: .atomic)
        try FileManager.default.removeItem(atPath: markPath)
    }
}
