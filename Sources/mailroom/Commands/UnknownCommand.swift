import ArgumentParser

/// A word that is no command where one should be. The argument parser takes it for an argument, and blames whatever
/// option comes behind it.
struct UnknownCommand {
    /// What was typed, up to that word.
    private let words: [String]
    private let known: [String]

    /// - Parameter arguments: a command line that was refused, without the program's name.
    /// - Returns: nil when every command in it is one.
    init?(in arguments: [String]) {
        var command: any ParsableCommand.Type = MailroomCommand.self
        var words = [command._commandName]
        for argument in arguments {
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty || argument.hasPrefix("-") || argument == "help" { return nil }
            words.append(argument)
            guard let next = subcommands.first(where: { $0._commandName == argument }) else {
                self.words = words
                known = subcommands.map { $0._commandName }
                return
            }
            command = next
        }
        return nil
    }

    var failure: Failure {
        let parent = words.dropLast().joined(separator: " ")
        let nearest = words.last.flatMap { Suggestion.nearest(to: $0, among: known) }
        let hint = nearest.map { "did you mean \"\(parent) \($0)\"?" } ?? "there are \(known.joined(separator: ", "))"
        return Failure(
            .usage,
            "\"\(words.joined(separator: " "))\" is no command: \(hint)\nSee '\(parent) --help' for more information.")
    }
}
