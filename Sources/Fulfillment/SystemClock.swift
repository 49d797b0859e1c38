package import Orders

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The machine's clocks.
package struct SystemClock: Clock {
    #if os(Linux)
        // MONOTONIC stands still while a machine is suspended: on waking, the wall clock would seem to have jumped.
        private static let monotonic = CLOCK_BOOTTIME
    #else
        private static let monotonic = CLOCK_MONOTONIC
    #endif

    package init() {}

    package var now: Timestamp { Timestamp(milliseconds: Self.read(CLOCK_REALTIME)) }

    package var uptimeMilliseconds: Int64 { Self.read(Self.monotonic) }

    package var uptimeNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(Self.monotonic, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package func wait(milliseconds: Int64) async throws(CancellationError) {
        do {
            try await Task.sleep(for: .milliseconds(Int(max(0, milliseconds))), clock: .continuous)
        } catch {
            throw CancellationError()
        }
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
