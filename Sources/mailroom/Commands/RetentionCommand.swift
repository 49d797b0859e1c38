import ArgumentParser
import Foundation
import Fulfillment
import Orders
import SQLiteStore

struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "How long people are kept: what is due, and which backups are too old.",
        discussion: """
            Examples:
              mailroom retention
              mailroom retention check /var/backups/mailroom/mailroom-20261125T031500Z.db
              mailroom retention run
            """,
        subcommands: [Status.self, Check.self, Run.self], defaultSubcommand: Status.self)

    /// Points out, on stderr, a copy that holds people past their time. What cannot be told is left unsaid: whoever asks
    /// asked for something else.
    static func warn(of path: String, _ settings: Settings) {
        let rule = RetentionRule(days: settings.retentionDays)
        guard let found = try? RetentionLook.look(into: path, by: rule, at: SystemClock().now), found.due > 0 else {
            return
        }
        Terminal.warn(
            "warning: \(path) holds people past their time, orders: \(found.due); delete it unless it is needed now, and "
                + "serve erases them when it starts")
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what is due, what was erased last and when the next falls due.",
            discussion: """
                Examples:
                  mailroom retention status
                  mailroom retention --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let settings = try shared.settings()
            let rule = RetentionRule(days: settings.retentionDays)
            let report = try await ReadingRoom.open(settings) {
                try await $0.retention(by: rule, at: SystemClock().now)
            }
            guard json else { return try Terminal.print(Self.text(report, rule)) }
            try Terminal.print { json in
                json.object {
                    $0.field("retention_days", rule.days)
                    $0.field("longest_days", RetentionRule.longestDays)
                    $0.field("due", report.due)
                    $0.field("overdue", report.overdue)
                    $0.field("next_due_at", report.nextDueAt)
                    $0.field("last_round_at", report.lastRoundAt)
                    $0.field("last_round_orders", report.lastErased)
                    $0.field("overwritten_at", report.lastScrubAt)
                    $0.field("has_remains", report.hasRemains)
                }
            }
        }

        private static func text(_ report: RetentionReport, _ rule: RetentionRule) -> String {
            let round = report.lastRoundAt.map { "\($0), orders erased: \(report.lastErased)" } ?? "never"
            let scrub = report.lastScrubAt?.description ?? "never"
            let rows = [
                (
                    "kept for",
                    "\(rule.days) days after a final status, \(RetentionRule.longestDays) after placing at the latest"
                ),
                ("due now", "\(report.due)\(report.overdue > 0 ? ", more than two days late: \(report.overdue)" : "")"),
                ("next falls due", report.due > 0 ? "now" : report.nextDueAt?.description ?? "none"),
                ("last round", round),
                ("file overwritten", scrub + (report.hasRemains ? "; not yet since the latest erasing" : "")),
            ]
            return rows.map { $0 + String(repeating: " ", count: 18 - $0.count) + $1 + "\n" }.joined()
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say how many people past their time each copy of the database still holds.",
            discussion: """
                Opens the copies read-only. Ends with 65 when one holds any: delete it, or make a newer one.

                Examples:
                  mailroom retention check /var/backups/mailroom/mailroom-20261125T031500Z.db
                  mailroom retention check --json old.db new.db
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "Backups, or any other copies of the database.", completion: .file()) var files: [String]
        @Flag(help: "Print JSON.") var json = false

        func run() async throws { try look() }

        /// Apart from `run`: optimized as a coroutine, this body crashes Swift 6.3.1.
        private func look() throws {
            let rule = RetentionRule(days: try shared.settings().retentionDays)
            let now = SystemClock().now
            var found: [(file: String, finding: RetentionLook.Finding)] = []
            var failure: Failure?
            for file in files {
                do {
                    found.append((file, try RetentionLook.look(into: file, by: rule, at: now)))
                } catch {
                    let cannot = Failure(error, database: file)
                    Terminal.warn("mailroom: " + cannot.message)
                    failure = failure ?? cannot
                }
            }
            try json ? Terminal.print { Self.write(found, to: &$0) } : Terminal.print(Self.text(found))
            if found.contains(where: { $0.finding.due > 0 }) { throw ExitCode(SystemExit.dataError.rawValue) }
            if let failure { throw ExitCode(failure.status.rawValue) }
        }

        private static func text(_ found: [(file: String, finding: RetentionLook.Finding)]) -> String {
            found.map { file, finding in
                finding.due == 0
                    ? "\(file): nobody past their time, orders: \(finding.orders)\n"
                    : "\(file): TOO OLD, people past their time: \(finding.due) of \(finding.orders) orders\n"
            }.joined()
        }

        private static func write(
            _ found: [(file: String, finding: RetentionLook.Finding)], to json: inout JSONWriter
        ) {
            json.object { json in
                json.array("data", found) { entry, json in
                    json.object {
                        $0.field("file", entry.file)
                        $0.field("orders", entry.finding.orders)
                        $0.field("due", entry.finding.due)
                    }
                }
            }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase what is due and overwrite it in the file, now; stop the server first.",
            discussion: """
                The server does the same every night, but rewrites no file larger than 256 MiB.

                Examples:
                  mailroom retention run
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let settings = try shared.settings()
            let clerk = try await Clerk.reach(settings)
            let round = try await clerk.finishing { clerk in
                guard case .file(let database) = clerk else {
                    throw Failure(.temporaryFailure, "the server erases by itself every night; stop it to do it now")
                }
                let round = try await database.eraseDue(
                    by: RetentionRule(days: settings.retentionDays), at: SystemClock().now)
                try await clerk.overwriteErased()
                return round
            }
            guard json else {
                return try Terminal.print("orders erased: \(round.orders), and nothing of them is left in the file\n")
            }
            try Terminal.print { json in
                json.object {
                    $0.field("orders", round.orders)
                    $0.field("postponed", round.postponed)
                    $0.field("messages", round.messages)
                }
            }
        }
    }
}
