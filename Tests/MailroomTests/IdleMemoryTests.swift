import Foundation
import TestSupport
import Testing

@testable import mailroom

@Suite(.timeLimit(.hanging)) struct IdleMemoryTests {
    @Test func itIsGivenBackOnceForEachBusyTime() {
        var watch = QuietWatch(processorNanoseconds: 500)
        let (little, much) = (QuietWatch.quietNanoseconds - 1, QuietWatch.quietNanoseconds)
        var used: Int64 = 500
        func looks(_ more: Int64) -> Bool {
            used += more
            return watch.justBecameQuiet(processorNanoseconds: used)
        }
        // A start counts as busy.
        #expect(looks(much) == false)
        #expect(looks(little) == true)
        #expect(looks(little) == false)
        #expect(looks(much) == false)
        #expect(looks(little) == true)
        // Giving back is work, too, and is not given back for.
        used += much
        watch.forget(processorNanoseconds: used)
        #expect(looks(little) == false && looks(0) == false)
    }

    #if os(Linux)
        @Test func onlyCodeOfFilesIsLetGo() {
            let code = "55d0d000-55d12000 r-xp 00002000 fe:00 131 /usr/bin/mailroom"
            #expect(ProgramCode.mapping(Substring(code))?.count == 0x5000)
            for other in [
                "55d0d000-55d12000 r--p 00002000 fe:00 131 /usr/bin/mailroom",
                "55d0d000-55d12000 rw-p 00002000 fe:00 131 /usr/bin/mailroom",
                "55d0d000-55d12000 rwxp 00002000 fe:00 131 /usr/bin/mailroom",
                "7ffd1000-7ffd3000 r-xp 00000000 00:00 0 [vdso]", "55d0d000-55d12000 r-xp 00000000 00:00 0", "", "x",
            ] {
                #expect(ProgramCode.mapping(Substring(other)) == nil, "\(other)")
            }
        }

        /// The tests' own code goes, and they go on.
        @Test func lessCodeIsInMemoryAfterwards() throws {
            let before = try Self.codeInMemory()
            #expect(ProgramCode.letGo() > 0)
            let after = try Self.codeInMemory()
            #expect(after < before, "\(before) to \(after) KiB")
        }

        /// KiB, of mappings that can be run.
        private static func codeInMemory() throws -> Int {
            var (sum, isCode) = (0, false)
            for line in try String(contentsOfFile: "/proc/self/smaps", encoding: .utf8).split(separator: "\n") {
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                if fields.count >= 5, fields[0].contains("-") { isCode = fields[1] == "r-xp" }
                if isCode, fields[0] == "Rss:" { sum += Int(fields[1]) ?? 0 }
            }
            return sum
        }
    #endif
}
