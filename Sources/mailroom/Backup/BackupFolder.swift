import Foundation
import Orders

/// A folder with one backup per run, named by its time: `mailroom-20261125T031500Z.db`.
struct BackupFolder: Sendable {
    let path: String

    /// A path to write to, which no earlier backup has.
    func next(at now: Timestamp) -> String { "\(path)/mailroom-\(Self.stamp(now)).db" }

    /// `20261125T031500Z`: sorts by time.
    static func stamp(_ now: Timestamp) -> String {
        now.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    /// Removes all but the newest, and what interrupted runs left behind.
    /// - Returns: the names of the backups removed.
    func prune(keeping count: Int) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where Self.isAbandonedDraft(name) { unlink("\(path)/\(name)") }
        let backups = names.filter { $0.wholeMatch(of: /mailroom-\d{8}T\d{6}Z\.db/) != nil }.sorted(by: >)
        let old = Array(backups.dropFirst(count))
        for name in old {
            unlink("\(path)/\(name)")
            unlink(BackupManifest.path(beside: "\(path)/\(name)"))
        }
        return old
    }

    private static func isAbandonedDraft(_ name: String) -> Bool {
        guard let match = name.wholeMatch(of: /mailroom-\d{8}T\d{6}Z\.db(?:\.json)?\.(\d+)\.part(?:-journal)?/),
            let process = Int32(match.1)
        else { return false }
        return kill(process, 0) != 0 && errno == ESRCH
    }
}
