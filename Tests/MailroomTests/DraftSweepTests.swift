import Fulfillment
import Logging
import Orders
import SQLiteStore
import ServiceLifecycle
import TestSupport
import Testing

@testable import mailroom

struct DraftSweepTests {
    @Test func draftsPastTheirDayAreErasedThoughNobodyAsks() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/mailroom.db"
        _ = try OrderDatabase.migrate(path: path)
        let store = try OrderDatabase.open(path: path, queueLimit: 100)
        let clock = FakeClock()
        let start = clock.now
        let hash = [UInt8](repeating: 1, count: 32)
        #expect(try await store.keep(AnswerSheet(key: "k"), as: hash, at: start))
        let task = Task {
            try await DraftSweep(store: store, clock: clock, logger: Logger(label: "test")).run()
        }
        // The first round is over when it waits for the next.
        await clock.settled()
        #expect(try await store.sheet(hash, at: start) != nil)
        clock.advance(milliseconds: AnswerSheet.lifetimeSeconds * 1000)
        await clock.settled()
        #expect(try await store.sheet(hash, at: start) == nil)
        task.cancel()
        _ = try? await task.value
        await store.close()
        withExtendedLifetime(folder) {}
    }
}
