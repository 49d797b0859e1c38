import Dispatch
import Synchronization

/// Waits for asynchronous work on a thread that may block: libFuzzer's entry is a plain function.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let result = Outcome<Value>()
    let done = DispatchSemaphore(value: 0)
    Task {
        do {
            result.set(.success(try await work()))
        } catch {
            result.set(.failure(error))
        }
        done.signal()
    }
    done.wait()
    return try result.value.get()
}

private final class Outcome<Value: Sendable>: Sendable {
    private let stored = Mutex<Result<Value, any Error>>(.failure(Violation("the work did not end")))

    func set(_ result: Result<Value, any Error>) { stored.withLock { $0 = result } }
    var value: Result<Value, any Error> { stored.withLock { $0 } }
}
