import Fulfillment
import Testing

struct WallClockWatchTests {
    @Test func onlyAJumpIsNoticed() {
        var watch = WallClockWatch(wallMilliseconds: 1_000_000, uptimeMilliseconds: 0)
        #expect(watch.jump(wallMilliseconds: 1_001_000, uptimeMilliseconds: 1000) == 0)
        #expect(watch.jump(wallMilliseconds: 1_004_000, uptimeMilliseconds: 2000) == 0, "slewing")
        #expect(watch.jump(wallMilliseconds: 4_605_000, uptimeMilliseconds: 3000) == 3_600_000)
        #expect(watch.jump(wallMilliseconds: 4_606_000, uptimeMilliseconds: 4000) == 0, "told once")
        #expect(watch.jump(wallMilliseconds: 1_006_000, uptimeMilliseconds: 4000) == -3_600_000)
    }
}
