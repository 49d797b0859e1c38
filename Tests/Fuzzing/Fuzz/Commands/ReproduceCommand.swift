import ArgumentParser
import Foundation

struct ReproduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce", abstract: "Feeds files to a target, as libFuzzer or a run kept them.")

    @Argument var target: String
    @Argument var files: [String]

    mutating func run() throws {
        let target = try FuzzTarget.named([target])[0]
        for file in files {
            try target.check(Array(try Data(contentsOf: URL(fileURLWithPath: file))))
            print("\(file): holds")
        }
    }
}
