import Foundation
import Synchronization
import TestSupport

/// The real program in a folder of its own.
final class MailroomProgram: Sendable {
    struct Ended: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "mailroom-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: folder.appending(path: name))
        return path(name)
    }

    /// Beside the test bundle, where the package manager builds it.
    private func process(_ arguments: [String], _ environment: [String: String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appending(path: "mailroom")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ["PATH": "/usr/bin:/bin", "TMPDIR": folder.path]
            .merging(SanitizerOptions.environment) { $1 }.merging(environment) { $1 }
        return process
    }

    /// Runs a command to its end; its output goes through files, so that no pipe can fill up.
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Ended {
        try run(arguments, environment: environment)
    }

    /// - Parameter input: what stands on standard input; nil for nothing.
    func run(_ arguments: [String], environment: [String: String], input: String? = nil) throws -> Ended {
        let process = process(arguments, environment)
        let name = UUID().uuidString
        let (output, errors) = (try write("", to: "\(name).out"), try write("", to: "\(name).err"))
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardInput = FileHandle.nullDevice
        if let input { process.standardInput = FileHandle(forReadingAtPath: try write(input, to: "\(name).in")) }
        try process.run()
        process.waitUntilExit()
        return Ended(
            status: process.terminationStatus, output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }

    /// Starts a command and waits until a line of its output has this in it.
    func start(_ arguments: String..., until sign: String) async throws -> RunningProgram {
        let running = try RunningProgram(process(arguments, [:]))
        _ = try await running.line(with: sign)
        return running
    }
}

/// A command that goes on until it is told to stop.
final class RunningProgram: Sendable {
    private let process: Mutex<Process>
    private let ended = Log<Int32>()
    private let output: PipeReader
    private let errors: PipeReader

    init(_ process: Process) throws {
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.terminationHandler = { [ended] in ended.add($0.terminationStatus) }
        try process.run()
        self.process = Mutex(process)
        self.output = PipeReader(output)
        self.errors = PipeReader(errors)
    }

    deinit { signal(SIGKILL) }

    /// Waits for the first line of standard output that holds this.
    func line(with text: String) async throws -> String {
        if let line = await output.line(with: text) { return line }
        throw EndedEarly(description: "it ended without “\(text)”:\n" + output.text + errors.text)
    }

    struct EndedEarly: Error, CustomStringConvertible {
        let description: String
    }

    var outputLines: [String] { output.lines }

    var errorText: String { errors.text }

    /// Sends a signal and waits for the end.
    func stop(_ name: Int32 = SIGTERM) async -> Int32 {
        signal(name)
        return await ended.first(1)[0]
    }

    private func signal(_ name: Int32) {
        process.withLock { if $0.isRunning { kill($0.processIdentifier, name) } }
    }
}
