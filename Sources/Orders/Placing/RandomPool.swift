import Foundation
import Synchronization

/// The system's random numbers, fetched 32 at a time: every fetch is a system call, and an order takes five numbers.
///
/// A number is wiped where it was kept as soon as it is handed out, since some become secrets.
struct RandomPool: RandomNumberGenerator {
    private struct Store {
        var numbers = [UInt64](repeating: 0, count: RandomPool.size)
        var left = 0
    }

    private static let size = 32
    private static let store = Mutex(Store())

    /// - Returns: one of the system's own, should it refuse the many.
    func next() -> UInt64 {
        Self.store.withLock { store in
            if store.left == 0 {
                let isFilled = store.numbers.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) == 0 }
                guard isFilled else {
                    var system = SystemRandomNumberGenerator()
                    return system.next()
                }
                store.left = Self.size
            }
            store.left -= 1
            defer { store.numbers[store.left] = 0 }
            return store.numbers[store.left]
        }
    }
}
