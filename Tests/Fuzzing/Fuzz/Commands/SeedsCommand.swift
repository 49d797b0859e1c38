import ArgumentParser
import Foundation

struct SeedsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seeds", abstract: "Writes the seeds and the dictionary of a target for libFuzzer.")

    @Argument var target: String
    @Argument var folder: String

    mutating func run() throws {
        let target = try FuzzTarget.named([target])[0]
        try FileManager.default.createDirectory(atPath: folder + "/seeds", withIntermediateDirectories: true)
        for (index, seed) in target.seeds.enumerated() {
            try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seeds/\(index)"))
        }
        let words = target.words.map { word in
            "\"" + word.utf8.map { "\\x" + (($0 < 16 ? "0" : "") + String($0, radix: 16)) }.joined() + "\"\n"
        }
        try Data(words.joined().utf8).write(to: URL(fileURLWithPath: folder + "/words"))
    }
}
