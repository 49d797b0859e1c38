package import Fulfillment

/// Waits for a result, but not for ever: who asked is answered in time, and the work goes on all the same.
package enum Deadline {
    /// - Returns: nil when the time was over first; what `work` throws later is nobody's business then.
    package static func result<Value: Sendable>(
        of work: @escaping @Sendable () async throws -> Value, within milliseconds: Int64, clock: any Clock
    ) async throws -> Value? {
        let (results, result) = AsyncStream<Result<Value, any Error>>.makeStream()
        Task {
            do {
                result.yield(.success(try await work()))
            } catch {
                result.yield(.failure(error))
            }
            result.finish()
        }
        let limit = Task {
            try await clock.wait(milliseconds: milliseconds)
            result.finish()
        }
        defer { limit.cancel() }
        for await outcome in results { return try outcome.get() }
        return nil
    }
}
