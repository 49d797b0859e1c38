import Crypto
import Foundation
import Orders
import SQLiteStore

/// What is written beside a backup, so that months later it can be proven to be the file that was made: its size and
/// SHA-256, and what it held. Holds nothing of any order but how many there are.
struct BackupManifest: Sendable, Hashable {
    let takenAt: Timestamp
    let bytes: Int
    let sha256: String
    let census: FileCensus

    init(takenAt: Timestamp, bytes: Int, sha256: String, census: FileCensus) {
        self.takenAt = takenAt
        self.bytes = bytes
        self.sha256 = sha256
        self.census = census
    }

    /// Reads the whole file once.
    init(of path: String, takenAt: Timestamp, census: FileCensus) throws(Failure) {
        let (bytes, sha256) = try Self.digest(of: path)
        self.init(takenAt: takenAt, bytes: bytes, sha256: sha256, census: census)
    }

    static func path(beside backup: String) -> String { backup + ".json" }

    /// The manifest of a backup; nil when it has none.
    static func read(beside backup: String) throws(Failure) -> BackupManifest? {
        let path = path(beside: backup)
        guard access(path, F_OK) == 0 else { return nil }
        let bytes = try InputFile.read(path)
        guard let json = try? JSONReader.read(bytes), let manifest = BackupManifest(json) else {
            throw Failure(.dataError, "\(path) is not the manifest of a backup")
        }
        return manifest
    }

    func write(beside backup: String) throws(Failure) {
        var json = JSONWriter()
        json.object { writeMembers(to: &$0) }
        try OutputFile.write(json.bytes + [0x0A], to: Self.path(beside: backup))
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("taken_at", takenAt)
        json.field("bytes", bytes)
        json.field("sha256", sha256)
        census.writeMembers(to: &json)
    }

    private init?(_ json: JSONValue) {
        guard let takenAt = json["taken_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
            let bytes = json["bytes"]?.intValue, let sha256 = json["sha256"]?.stringValue,
            let steps = json["schema"]?.arrayValue?.compactMap(\.stringValue),
            case .object(let rows)? = json["rows"]
        else { return nil }
        let tables = rows.compactMap { row in
            row.value.intValue.map { FileCensus.Table(name: row.name, rows: $0) }
        }
        let newest = json["newest_order_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
        self.init(
            takenAt: takenAt, bytes: bytes, sha256: sha256,
            census: FileCensus(steps: steps, tables: tables, newestOrderAt: newest))
    }

    /// What keeps the file beside it from being the one that was made; empty when it is.
    func differences(from path: String, census found: FileCensus) throws(Failure) -> [String] {
        let (bytes, sha256) = try Self.digest(of: path)
        var differences: [String] = []
        if bytes != self.bytes { differences.append("it has \(bytes) bytes, and had \(self.bytes)") }
        if sha256 != self.sha256 { differences.append("its SHA-256 is another than when it was made") }
        if found != census { differences.append("it does not hold what it held when it was made") }
        return differences
    }

    private static func digest(of path: String) throws(Failure) -> (bytes: Int, sha256: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var hash = SHA256()
        var total = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { break }
            hash.update(data: chunk[..<count])
            total += count
        }
        let digits = hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 2 ? text : "0" + text
        }
        return (total, digits.joined())
    }

    private static func unreadable(_ path: String) -> Failure {
        Failure(.ioError, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
}

extension FileCensus {
    func writeMembers(to json: inout JSONWriter) {
        json.field("newest_order_at", newestOrderAt)
        json.array("schema", steps)
        json.object("rows") { json in
            for table in tables { json.member(table.name) { $0.integer(Int64(table.rows)) } }
        }
    }

    /// One line for a person.
    var summary: String {
        let newest = newestOrderAt.map { ", the newest of \($0)" } ?? ""
        return "\(rows(in: "orders")) orders\(newest), \(rows(in: "deliveries")) deliveries, "
            + "\(rows(in: "titles")) titles"
    }
}
