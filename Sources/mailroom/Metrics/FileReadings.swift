import Foundation
import Orders
import SQLiteStore

/// Sizes of the database's files and of their disk, and what lies beside them.
enum FileReadings {
    static func all(databasePath path: String) -> [MetricReading] {
        var readings = [
            MetricReading("mailroom_database_size_bytes", size(path)),
            MetricReading("mailroom_wal_size_bytes", size(path + "-wal")),
            MetricReading("mailroom_backup_last_success_timestamp_seconds", lastBackupSeconds(path)),
        ]
        if let disk = DiskSpace(beside: path) {
            readings.append(MetricReading("mailroom_disk_free_bytes", Double(disk.freeBytes)))
            readings.append(MetricReading("mailroom_disk_size_bytes", Double(disk.sizeBytes)))
        }
        return readings
    }

    /// 0 when there was none: a metric that is missing until the first cannot be alerted on.
    private static func lastBackupSeconds(_ path: String) -> Double {
        Double(LastBackup.read(besideDatabase: path)?.takenAt.milliseconds ?? 0) / 1000
    }

    /// Asked of the folder, never of an open file: closing one would drop SQLite's locks. 0 when there is none.
    private static func size(_ path: String) -> Double {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        return Double(size ?? 0)
    }
}
