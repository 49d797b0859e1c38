import CSQLite
import GRDB

/// Every PRAGMA and option of our connections, in one place.
enum ConnectionSettings {
    /// Holds for the process, from before its first connection.
    private static let process: Void = {
        csqlite_count_no_memory()
        LogBuffer.install()
    }()

    /// For the pool that writes.
    static var writing: Configuration {
        _ = process
        var configuration = Configuration()
        configuration.label = "mailroom"
        // Only a command that opens the file read-only can hold a lock for a moment, while it recovers the WAL.
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        // `wal_autocheckpoint` holds until the writer's `CheckpointKeeper` takes over.
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA secure_delete = ON;
                    PRAGMA cache_size = -16384;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = 4000;
                    PRAGMA journal_size_limit = 67108864;
                    """)
        }
        return configuration
    }

    static var reading: Configuration {
        _ = process
        var configuration = Configuration()
        configuration.label = "mailroom"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 2
        return configuration
    }

    /// Makes every commit reach the disk, and proves it: GRDB sets `synchronous = NORMAL` when a pool opens, with
    /// which an order that was answered could vanish in a power cut.
    static func makeDurable(_ db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        let journal = try String.fetchOne(db, sql: "PRAGMA journal_mode")
        guard synchronous == 2, journal == "wal" else {
            throw OpenError.notDurable(
                found: "synchronous \(synchronous.map(String.init) ?? "unset"), journal \(journal ?? "unset")")
        }
    }
}
