import CClock

/// Whether something keeps this machine's clock right.
enum MachineClock {
    /// Nil where the kernel does not say.
    @Sendable static func isSynchronized() -> Bool? {
        let answer = cclock_is_synchronized()
        return answer < 0 ? nil : answer == 1
    }
}
