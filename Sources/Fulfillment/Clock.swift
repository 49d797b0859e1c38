package import Orders

/// Time, passed in: what reads or waits for it can be driven by a test.
package protocol Clock: Sendable {
    /// The wall clock: may jump.
    var now: Timestamp { get }

    /// The monotonic clock, from an arbitrary zero; runs on while the machine sleeps. Every wait is measured with it.
    var uptimeMilliseconds: Int64 { get }

    /// The same, finer: for measuring what takes less than a millisecond. Never waited for.
    var uptimeNanoseconds: Int64 { get }

    /// Returns when the time is over, early only by throwing.
    func wait(milliseconds: Int64) async throws(CancellationError)
}

extension Clock {
    package var uptimeNanoseconds: Int64 { uptimeMilliseconds * 1_000_000 }
}
