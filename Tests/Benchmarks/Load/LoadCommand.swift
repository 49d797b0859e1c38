import ArgumentParser

/// `mailroom-load`: the clients that wrk cannot be. One JSON object on standard output, progress on standard error.
@main
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailroom-load", abstract: "Fills databases and puts load on a mailroom server.",
        subcommands: [
            FillCommand.self, RateCommand.self, AnnounceCommand.self, ReceiveCommand.self, AskCommand.self,
            SignUpdatesCommand.self, DownloadCommand.self, SelfTestCommand.self,
        ])
}
