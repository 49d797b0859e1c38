import Foundation
import Synchronization
import TestSupport

/// The real program, run in a folder of its own.
final class Program: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Output: Sendable {
        let status: Int32
        let text: String
        let errors: String
    }

    let folder: URL
    let environment: [String: String]

    /// - Parameter settings: by environment name, such as `MAILROOM_HTTP_PORT`.
    init(settings: [String: String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "mailroom-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var environment = ["PATH": "/usr/bin:/bin", "MAILROOM_DATABASE_URL": "sqlite:\(folder.path)/mailroom.db"]
        environment.merge(SanitizerOptions.environment) { $1 }
        environment.merge(settings) { $1 }
        self.environment = environment
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Beside the test bundle, where the package manager builds it.
    static var executable: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "mailroom")
    }

    private func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder
        return process
    }

    /// Runs one command to its end.
    func run(_ arguments: [String]) throws -> Output {
        let process = process(arguments)
        let outputFile = folder.appending(path: "out-\(UUID().uuidString)")
        let errorsFile = folder.appending(path: "err-\(UUID().uuidString)")
        for file in [outputFile, errorsFile] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorsFile)
        try process.run()
        process.waitUntilExit()
        return Output(
            status: process.terminationStatus, text: try String(contentsOf: outputFile, encoding: .utf8),
            errors: try String(contentsOf: errorsFile, encoding: .utf8))
    }

    /// Starts `mailroom serve` and waits until it says that it is ready.
    func serve(_ arguments: String...) async throws -> RunningServer {
        try await RunningServer(process(["serve"] + arguments))
    }
}

/// `mailroom serve`, ready.
final class RunningServer: Sendable {
    /// `http://127.0.0.1:PORT`.
    let url: String
    private let process: Mutex<Process>
    private let printed: PipeReader
    private let ended: Task<Int32, Never>

    init(_ process: Process) async throws {
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        let exit = AsyncStream<Int32>.makeStream()
        process.terminationHandler = {
            exit.continuation.yield($0.terminationStatus)
            exit.continuation.finish()
        }
        ended = Task {
            for await status in exit.stream { return status }
            return -1
        }
        try process.run()
        self.process = Mutex(process)
        printed = PipeReader(pipe)
        guard let line = await printed.line(with: "ready on http"),
            let address = line.firstMatch(of: /ready on (http:\/\/[0-9.:]+)/)
        else {
            throw Program.Failure(description: "the server ended before it was ready:\n" + printed.text)
        }
        url = String(address.1)
    }

    /// Waits until it has printed a line with this in it; false when it ended without.
    func says(_ text: String) async -> Bool { await printed.line(with: text) != nil }

    /// All that it printed, on either output, once it has ended.
    func everythingPrinted() async -> String { await printed.everything() }

    /// All that it logged so far.
    var logged: String { printed.text }

    func kill() async { await stop(with: SIGKILL) }

    /// SIGTERM, and its exit code.
    @discardableResult func terminate() async -> Int32 { await stop(with: SIGTERM) }

    @discardableResult private func stop(with signal: Int32) async -> Int32 {
        process.withLock { process in
            if process.isRunning { _ = Foundation.kill(process.processIdentifier, signal) }
        }
        return await ended.value
    }

    deinit {
        process.withLock { process in
            if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
        }
    }
}
