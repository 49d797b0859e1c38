package import Foundation
import Synchronization

/// What a program writes into a pipe, read to its end on a thread of its own.
///
/// Not by a `readabilityHandler`: its dispatch source and a pipe's end met badly in libdispatch (seen once: a
/// segmentation fault in `_dispatch_event_loop_drain`, which ended a whole run). Nor on one of Dispatch's
/// threads, of which there are 64 at most.
package final class PipeReader: Sendable {
    private struct State {
        var text: [UInt8] = []
        var lines: [String] = []
        /// Where the line begins that is not over yet.
        var rest = 0
        var isOver = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        mutating func append(_ bytes: ArraySlice<UInt8>) {
            text += bytes
            while let end = text[rest...].firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(String(decoding: text[rest..<end], as: UTF8.self))
                rest = end + 1
            }
        }
    }

    private let state = Mutex(State())

    /// - Parameter pipe: the writing end is closed here by `Process.run`, so the program's end is the pipe's.
    package init(_ pipe: Pipe) {
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                note { $0.append(buffer[..<count]) }
            }
            note { $0.isOver = true }
        }
    }

    /// All that was written so far.
    package var text: String { state.withLock { String(decoding: $0.text, as: UTF8.self) } }

    /// The lines that are whole.
    package var lines: [String] { state.withLock(\.lines) }

    /// Waits for the first line that holds this; nil when the program ended without one.
    package func line(with text: String) async -> String? {
        var seen = 0
        while true {
            let (lines, isOver) = await lines(beyond: seen)
            if let line = lines.dropFirst(seen).first(where: { $0.contains(text) }) { return line }
            if isOver { return nil }
            seen = lines.count
        }
    }

    /// Waits until nothing more can come.
    /// - Returns: all of it.
    package func everything() async -> String {
        while await !lines(beyond: lines.count).isOver {}
        return text
    }

    /// Returns when there are more lines than so many, or all.
    private func lines(beyond count: Int) async -> (lines: [String], isOver: Bool) {
        while true {
            let enough = state.withLock { $0.lines.count > count || $0.isOver ? ($0.lines, $0.isOver) : nil }
            if let enough { return enough }
            await withCheckedContinuation { waiter in
                let wasMissed = state.withLock { state in
                    if state.lines.count > count || state.isOver { return true }
                    state.waiters.append(waiter)
                    return false
                }
                if wasMissed { waiter.resume() }
            }
        }
    }

    private func note(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
