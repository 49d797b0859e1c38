import Foundation
import GRDB
import GRDBSQLite

/// Gathers what the writer's connection appends to SQLite's log, and hands it to the system in one piece with each sync.
///
/// SQLite writes each page of a commit in two calls, of 24 and 4,096 bytes: some 140 calls for 25 orders, while everybody
/// waits for the writer. `Tests/Benchmarks/NOTES.md` has what this saves.
///
/// The bytes come in the same order to the same places, and all of them before the sync that makes a commit durable. Until
/// then nobody looks for them: readers go by a header in shared memory that SQLite changes after that sync. A connection
/// that does not sync (the store refuses to run on one) still hands over the bytes of a commit before it shows it: SQLite
/// calls `xShmBarrier` between the two halves of that header. Only a sync can say that handing over failed.
///
/// A transaction that is larger than SQLite's cache writes pages before its commit, and reads them again. When they could
/// not be handed over, nothing more succeeds until the transaction is taken back; and what was gathered for a transaction
/// that was taken back is dropped with its lock, since others may write at its place from then on.
enum LogBuffer {
    /// Twice what 25 orders write.
    static let byteCount = 512 << 10

    /// SQLite's own way to write takes less than 128 KiB at a time: of the length it looks at 17 bits.
    fileprivate static let pieceByteCount = 64 << 10

    /// Has SQLite open every file through here, which changes nothing until `gather`. Before the first connection.
    static func install() {
        precondition(MemoryLayout<Layer>.offset(of: \.methods) == 0)
        guard let system = sqlite3_vfs_find(nil) else { return }
        let ours = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        ours.initialize(to: system.pointee)
        // A newer SQLite may know more than the structure this was compiled with.
        ours.pointee.iVersion = min(system.pointee.iVersion, 3)
        ours.pointee.zName = UnsafePointer(strdup("mailroom"))
        ours.pointee.szOsFile = Int32(offset(behind: system) + MemoryLayout<Layer>.size)
        ours.pointee.pNext = nil
        // Of the system's functions only `xOpen` looks at its own, and is given it.
        ours.pointee.pAppData = UnsafeMutableRawPointer(system)
        ours.pointee.xOpen = open
        // It stays for the life of the process.
        sqlite3_vfs_register(ours, 1)
    }

    /// From here on the connection's log is gathered.
    /// - Returns: false when SQLite opened the log in another way; then it is written as ever.
    @discardableResult
    static func gather(_ db: Database) -> Bool {
        guard let log = openedLog(of: db) else { return false }
        if log.pointee.room == nil { log.pointee.room = .allocate(byteCount: byteCount, alignment: 16) }
        return true
    }

    static func isGathering(_ db: Database) -> Bool { openedLog(of: db)?.pointee.room != nil }

    private static func openedLog(of db: Database) -> UnsafeMutablePointer<Layer>? {
        var file: File?
        let code = sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file)
        guard code == SQLITE_OK, let file, isOurs(file) else { return nil }
        return layer(of: file)
    }
}

private typealias File = UnsafeMutablePointer<sqlite3_file>

/// Lies behind the system's own structure of an opened file. SQLite's memory, so of plain values.
private struct Layer {
    /// First, so that the address SQLite keeps in the file is that of the whole.
    var methods: sqlite3_io_methods
    let system: UnsafePointer<sqlite3_io_methods>
    /// Of a database: its log while that is open. Of a log: its database.
    var other: File?
    /// Of a log that is gathered.
    var room: UnsafeMutableRawBufferPointer?
    /// Where in the log the gathered bytes begin.
    var start: sqlite3_int64 = 0
    var count = 0
    /// What handing over failed with, until the transaction is taken back.
    var failure = SQLITE_OK

    init(over system: UnsafePointer<sqlite3_io_methods>) {
        self.system = system
        methods = system.pointee
        methods.iVersion = min(system.pointee.iVersion, 3)
        methods.xClose = close
    }

    /// Lays itself over a file that the system opened.
    func lie(over file: File, of system: UnsafeMutablePointer<sqlite3_vfs>) {
        let place = UnsafeMutableRawPointer(file).advanced(by: offset(behind: system))
        place.bindMemory(to: Layer.self, capacity: 1).initialize(to: self)
        file.pointee.pMethods = UnsafeRawPointer(place).assumingMemoryBound(to: sqlite3_io_methods.self)
    }
}

private func offset(behind system: UnsafeMutablePointer<sqlite3_vfs>) -> Int {
    (Int(system.pointee.szOsFile) + 15) / 16 * 16
}

private func layer(of file: File) -> UnsafeMutablePointer<Layer> {
    UnsafeMutableRawPointer(mutating: file.pointee.pMethods).assumingMemoryBound(to: Layer.self)
}

private func isOurs(_ file: File) -> Bool {
    guard let methods = file.pointee.pMethods, let theirs = methods.pointee.xClose else { return false }
    return unsafeBitCast(theirs, to: UInt.self) == unsafeBitCast(close, to: UInt.self)
}

/// Writes what was gathered. After a failure it fails until the transaction is taken back.
private func flush(_ file: File) -> Int32 {
    let log = layer(of: file)
    guard log.pointee.failure == SQLITE_OK else { return log.pointee.failure }
    guard log.pointee.count > 0, let room = log.pointee.room else { return SQLITE_OK }
    let count = log.pointee.count
    log.pointee.count = 0
    for begin in stride(from: 0, to: count, by: LogBuffer.pieceByteCount) {
        let length = Int32(min(LogBuffer.pieceByteCount, count - begin))
        let (piece, place) = (room.baseAddress?.advanced(by: begin), log.pointee.start + sqlite3_int64(begin))
        let code = log.pointee.system.pointee.xWrite?(file, piece, length, place) ?? SQLITE_IOERR
        guard code == SQLITE_OK else {
            log.pointee.failure = code
            return code
        }
    }
    return SQLITE_OK
}

// MARK: What SQLite calls

private let open:
    @convention(c) (
        UnsafeMutablePointer<sqlite3_vfs>?, sqlite3_filename?, File?, Int32, UnsafeMutablePointer<Int32>?
    ) -> Int32 = { ours, name, file, flags, outFlags in
        guard let file, let system = ours?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self),
            let code = system.pointee.xOpen?(system, name, file, flags, outFlags)
        else { return SQLITE_CANTOPEN }
        guard code == SQLITE_OK, let methods = file.pointee.pMethods else { return code }
        var cover = Layer(over: methods)
        if flags & SQLITE_OPEN_WAL != 0 {
            cover.methods.xRead = read
            cover.methods.xWrite = write
            cover.methods.xTruncate = truncate
            cover.methods.xSync = sync
            cover.methods.xFileSize = fileSize
            if let database = sqlite3_database_file_object(name), isOurs(database) {
                cover.other = database
                layer(of: database).pointee.other = file
            }
            cover.lie(over: file, of: system)
        } else if flags & SQLITE_OPEN_MAIN_DB != 0 {
            cover.methods.xShmBarrier = barrier
            cover.methods.xShmLock = shmLock
            cover.lie(over: file, of: system)
        }
        return SQLITE_OK
    }

/// SQLite closes a log before its database.
private let close: @convention(c) (File?) -> Int32 = { file in
    guard let file else { return SQLITE_OK }
    let layer = layer(of: file)
    layer.pointee.room?.deallocate()
    layer.pointee.room = nil
    if let other = layer.pointee.other, isOurs(other) { SQLiteStore.layer(of: other).pointee.other = nil }
    return layer.pointee.system.pointee.xClose?(file) ?? SQLITE_IOERR
}

private let barrier: @convention(c) (File?) -> Void = { file in
    guard let file else { return }
    // After a sync there is nothing.
    if let log = layer(of: file).pointee.other { _ = flush(log) }
    layer(of: file).pointee.system.pointee.xShmBarrier?(file)
}

private let shmLock: @convention(c) (File?, Int32, Int32, Int32) -> Int32 = { file, first, count, flags in
    guard let file else { return SQLITE_IOERR }
    // The first of the locks is that of the connection that writes.
    let endsTransaction = first == 0 && flags & SQLITE_SHM_UNLOCK != 0 && flags & SQLITE_SHM_EXCLUSIVE != 0
    if endsTransaction, let log = layer(of: file).pointee.other {
        layer(of: log).pointee.count = 0
        layer(of: log).pointee.failure = SQLITE_OK
    }
    return layer(of: file).pointee.system.pointee.xShmLock?(file, first, count, flags) ?? SQLITE_IOERR
}

private let write: @convention(c) (File?, UnsafeRawPointer?, Int32, sqlite3_int64) -> Int32 = {
    file, bytes, count, offset in
    guard let file, let bytes else { return SQLITE_IOERR }
    let (log, length) = (layer(of: file), Int(count))
    guard log.pointee.failure == SQLITE_OK else { return log.pointee.failure }
    guard let room = log.pointee.room, length <= room.count else {
        let code = flush(file)
        guard code == SQLITE_OK else { return code }
        return log.pointee.system.pointee.xWrite?(file, bytes, count, offset) ?? SQLITE_IOERR
    }
    let goesOn = offset == log.pointee.start + sqlite3_int64(log.pointee.count)
    if !goesOn || log.pointee.count + length > room.count {
        let code = flush(file)
        guard code == SQLITE_OK else { return code }
    }
    if log.pointee.count == 0 { log.pointee.start = offset }
    UnsafeMutableRawBufferPointer(rebasing: room[log.pointee.count...])
        .copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: length))
    log.pointee.count += length
    return SQLITE_OK
}

private let read: @convention(c) (File?, UnsafeMutableRawPointer?, Int32, sqlite3_int64) -> Int32 = {
    file, bytes, count, offset in
    handOver(file) { $1.pointee.xRead?($0, bytes, count, offset) }
}

private let truncate: @convention(c) (File?, sqlite3_int64) -> Int32 = { file, size in
    handOver(file) { $1.pointee.xTruncate?($0, size) }
}

private let sync: @convention(c) (File?, Int32) -> Int32 = { file, flags in
    handOver(file) { $1.pointee.xSync?($0, flags) }
}

private let fileSize: @convention(c) (File?, UnsafeMutablePointer<sqlite3_int64>?) -> Int32 = { file, size in
    handOver(file) { $1.pointee.xFileSize?($0, size) }
}

/// Writes what was gathered, then asks the system.
private func handOver(_ file: File?, then ask: (File, UnsafePointer<sqlite3_io_methods>) -> Int32?) -> Int32 {
    guard let file else { return SQLITE_IOERR }
    let code = flush(file)
    guard code == SQLITE_OK else { return code }
    return ask(file, layer(of: file).pointee.system) ?? SQLITE_IOERR
}
