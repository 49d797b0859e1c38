import ArgumentParser
import Foundation
import Orders
import TestSupport
import Testing

@testable import mailroom

/// What a newcomer reads and types: help, examples, completions, version.
@Suite(.timeLimit(.hanging)) struct HelpTests {
    /// Every command there is, with the words that call it.
    static func commands(
        _ type: any ParsableCommand.Type = MailroomCommand.self, _ words: [String] = []
    ) -> [(words: [String], type: any ParsableCommand.Type)] {
        [(words, type)]
            + type.configuration.subcommands.flatMap { subcommand in
                commands(subcommand, words + [subcommand._commandName])
            }
    }

    /// The lines of a command's help that begin with a program to run.
    static func examples(of type: any ParsableCommand.Type) -> [String] {
        let lines = type.configuration.discussion.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasSuffix("Examples:") }) else { return [] }
        return lines[lines.index(after: start)...].map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.isEmpty
        }
    }

    /// Words as a shell would make them, of what the examples use: single quotes only.
    static func words(_ line: String) -> [String] {
        let parts = line.split(separator: "'", omittingEmptySubsequences: false)
        var words: [String] = []
        for (index, part) in parts.enumerated() {
            if index % 2 == 1 {
                words.append(String(part))
            } else {
                words += part.split(separator: " ").map(String.init)
            }
        }
        return words
    }

    @Test func everyCommandHasExamplesAndEveryExampleParses() {
        for (name, type) in Self.commands() {
            let examples = Self.examples(of: type)
            #expect(!examples.isEmpty, "mailroom \(name.joined(separator: " "))")
            for example in examples {
                var words = Self.words(example)
                if words.starts(with: ["sudo", "-u", "mailroom"]) { words.removeFirst(3) }
                guard words.first == "mailroom" else { continue }
                #expect(throws: Never.self, "\(example)") {
                    _ = try MailroomCommand.parseAsRoot(Array(words.dropFirst()))
                }
            }
        }
    }

    @Test func anExampleThatIsWrongWouldBeSeen() {
        #expect(throws: (any Error).self) { _ = try MailroomCommand.parseAsRoot(["orders", "list", "--stats", "x"]) }
    }

    @Test func helpAndVersionArePrinted() throws {
        let program = try MailroomProgram()
        let help = try program.run("backup", "--help")
        #expect(help.status == 0 && help.output.contains("mailroom backup --to-dir /var/backups/mailroom --keep 14"))
        let version = try program.run("--version")
        #expect(version.status == 0 && version.output == "mailroom \(BuildInfo.version)\n")
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionsAreMade(shell: String) throws {
        let program = try MailroomProgram()
        let script = try program.run("--generate-completion-script", shell)
        #expect(script.status == 0)
        for word in ["orders", "backup", "--to-dir", "signature"] {
            #expect(script.output.contains(shell == "fish" ? word.replacing("--", with: "") : word), "\(word)")
        }
        // Read by the shell itself, where there is one.
        let path = try program.write(script.output, to: "completions")
        let places: [String] = ["/usr/bin/\(shell)", "/bin/\(shell)"]
        guard let interpreter = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = ["-n", path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
