import CMemory
import Foundation
import Fulfillment
import SQLiteStore
import ServiceLifecycle

/// Gives memory back as soon as nothing is asked of the service: once after the start, and once after each busy time.
///
/// SQLite keeps pages it has read, the allocator what was freed, and the system counts every page of code that ever ran
/// as the process's memory. All of it comes back from the system's file cache when it is needed again.
struct IdleMemory: Service, CustomStringConvertible {
    let description = "idle memory"
    static let everyMilliseconds: Int64 = 500

    let database: OrderDatabase
    let clock: any Clock

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var watch = QuietWatch(processorNanoseconds: Self.processorNanoseconds)
            while (try? await clock.wait(milliseconds: Self.everyMilliseconds)) != nil {
                guard watch.justBecameQuiet(processorNanoseconds: Self.processorNanoseconds) else { continue }
                await database.releaseMemory()
                cmemory_trim()
                ProgramCode.letGo()
                watch.forget(processorNanoseconds: Self.processorNanoseconds)
            }
        }
    }

    /// What all threads have used since the process began.
    private static var processorNanoseconds: Int64 { Int64(Foundation.clock()) * nanosecondsPerTick }
    private static let nanosecondsPerTick = 1_000_000_000 / Int64(CLOCKS_PER_SEC)
}

/// Tells when a busy process has come to rest.
struct QuietWatch {
    /// Of half a second: a request or two, and what goes on by itself.
    static let quietNanoseconds: Int64 = 10_000_000

    private var processorNanoseconds: Int64
    private var wasBusy = true

    init(processorNanoseconds: Int64) { self.processorNanoseconds = processorNanoseconds }

    /// - Returns: true once for each time that it was busy before.
    mutating func justBecameQuiet(processorNanoseconds now: Int64) -> Bool {
        let isQuiet = now - processorNanoseconds < Self.quietNanoseconds
        defer {
            processorNanoseconds = now
            wasBusy = !isQuiet
        }
        return isQuiet && wasBusy
    }

    /// What was used since the last look does not count as being busy.
    mutating func forget(processorNanoseconds now: Int64) { processorNanoseconds = now }
}

/// The pages of code that are mapped from files.
enum ProgramCode {
    /// Lets go of them; what is needed is mapped again when it is run.
    /// - Returns: how many bytes of address space; 0 where the system does not tell what is mapped.
    @discardableResult static func letGo() -> Int {
        #if os(Linux)
            guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return 0 }
            return maps.split(separator: "\n").compactMap(mapping).reduce(0) { sum, mapping in
                sum + (madvise(mapping.start, mapping.count, Int32(MADV_DONTNEED)) == 0 ? mapping.count : 0)
            }
        #else
            return 0
        #endif
    }

    /// - Parameter line: such as `55d0d000-55d12000 r-xp 00000000 fe:00 131 /usr/bin/mailroom`.
    /// - Returns: nil unless it is code of a file that nobody can have written to in memory: anything else would be lost.
    static func mapping(_ line: Substring) -> (start: UnsafeMutableRawPointer, count: Int)? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count >= 6, fields[1] == "r-xp", fields[4] != "0" else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        return UnsafeMutableRawPointer(bitPattern: ends[0]).map { ($0, Int(ends[1] - ends[0])) }
    }
}
