import Logging
import TestSupport
import Testing

@testable import mailroom

@Suite struct DiskWatchTests {
    @Test func aFailedSyncEndsTheProgramWithWhatToDo() async {
        let (losses, teller) = AsyncStream<String>.makeStream()
        teller.yield("SQLite 1034")
        teller.finish()
        let ends = Log<Failure>()
        await DiskWatch(losses: losses, logger: Logger(label: "test"), end: { ends.add($0) }).run()
        #expect(ends.entries.map(\.status) == [.ioError])
        let message = ends.entries.first?.message ?? ""
        #expect(message.contains("SQLite 1034") && message.contains("Check the disk"))
    }

    @Test func aStoreThatClosesEndsNothing() async {
        let (losses, teller) = AsyncStream<String>.makeStream()
        teller.finish()
        let ends = Log<Failure>()
        await DiskWatch(losses: losses, logger: Logger(label: "test"), end: { ends.add($0) }).run()
        #expect(ends.entries.isEmpty)
    }
}
