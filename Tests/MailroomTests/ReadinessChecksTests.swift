import SQLiteStore
import Testing
import Web

@testable import mailroom

@Suite struct ReadinessChecksTests {
    @Test func aRelayThatMadeARoundWithinThirtySecondsPasses() {
        #expect(ReadinessChecks.relay(lastRound: 1_000, now: 31_000) == .pass)
        #expect(ReadinessChecks.relay(lastRound: 1_000, now: 31_001) == .fail("the relay's last round was 30 s ago"))
        #expect(ReadinessChecks.relay(lastRound: nil, now: 0) != .pass)
    }

    @Test func theDiskFailsBefore64MiBAreLeft() {
        #expect(ReadinessChecks.disk(freeBytes: 64 << 20) == .pass)
        #expect(ReadinessChecks.disk(freeBytes: (64 << 20) - 1) == .fail("63 MiB of disk space left"))
        #expect(ReadinessChecks.disk(freeBytes: nil) != .pass)
    }

    @Test func freeSpaceIsThatOfTheDatabasesFolder() throws {
        #expect(try #require(DiskSpace(beside: "/tmp/mailroom.db")).freeBytes > 0)
        #expect(DiskSpace(beside: "/nowhere/at/all/mailroom.db") == nil)
    }
}
