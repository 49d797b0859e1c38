import Dispatch
package import Orders
import Synchronization

/// Makes and checks password hashes: one at a time, on a queue of its own, so that neither the event loops nor the
/// memory feel a flood of sign-ins.
package final class Passwords: Sendable {
    /// So many may wait, a quarter of a second each; more are told to come back.
    private static let mostWaiting = 20

    private let cost: PasswordHash.Cost
    private let queue = DispatchQueue(label: "mailroom.passwords", qos: .userInitiated)
    private let waiting = Mutex(0)
    /// Checked when there is no such account, so that the answer takes as long as for one that there is.
    private let nobody: PasswordHash

    package init(cost: PasswordHash.Cost = .standard) {
        self.cost = cost
        nobody = .nobodys(cost: cost)
    }

    /// The text to keep.
    package func hash(_ password: String) async throws(StoreError) -> String {
        try await work { [cost] in try PasswordHash(of: password, cost: cost).text }
    }

    /// - Parameter kept: what is kept of the account's password; nil when there is no such account, which takes as long.
    func fits(_ password: String, _ kept: String?) async throws(StoreError) -> Bool {
        try await work { [self] in
            if let kept {
                guard let hash = PasswordHash(kept) else {
                    throw StoreError.corrupt(detail: "a password's hash cannot be read")
                }
                return try hash.fits(password)
            }
            _ = try nobody.fits(password)
            return false
        }
    }

    private func work<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws(StoreError) -> Value {
        let mayWait = waiting.withLock { waiting in
            guard waiting < Self.mostWaiting else { return false }
            waiting += 1
            return true
        }
        guard mayWait else { throw .unavailable(reason: "too many sign-ins wait") }
        let result: Result<Value, StoreError> = await withCheckedContinuation { caller in
            queue.async { [self] in
                let result = Result(catching: work).mapError { error in
                    error as? StoreError ?? .corrupt(detail: "scrypt failed")
                }
                waiting.withLock { $0 -= 1 }
                caller.resume(returning: result)
            }
        }
        return try result.get()
    }
}

/// Passwords that nobody chose: read aloud or typed once, and then changed.
package enum OneTimePassword {
    /// No letters or digits that are taken for one another.
    private static let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789")

    /// Four groups of four, 79 bits.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<4).map { _ in
            String((0..<4).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
        }
        return groups.joined(separator: "-")
    }
}
