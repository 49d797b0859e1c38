import ArgumentParser

/// `mailroom-fuzz`: seeded runs over everything that reads foreign bytes. A build with `--sanitize=fuzzer` runs the
/// same targets under libFuzzer instead (`make fuzz`).
@main
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailroom-fuzz", abstract: "Feeds made-up bytes to everything that reads foreign ones.",
        subcommands: [
            RunCommand.self, ListCommand.self, ReproduceCommand.self, SeedsCommand.self, SelfTestCommand.self,
        ])
}
