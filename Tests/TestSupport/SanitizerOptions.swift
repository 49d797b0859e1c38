import Foundation

/// What the programs that tests start must know of the sanitizer they were built with; empty without one.
package enum SanitizerOptions {
    /// `ASAN_OPTIONS` alone, if it is set: all else of a tester's environment is kept from them.
    package static var environment: [String: String] {
        ProcessInfo.processInfo.environment.filter { $0.key == "ASAN_OPTIONS" }
    }
}
