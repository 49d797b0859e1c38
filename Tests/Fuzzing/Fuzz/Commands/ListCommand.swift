import ArgumentParser

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Names the targets, one a line.")

    mutating func run() throws {
        for target in FuzzTarget.all { print(target.name) }
    }
}
