import ArgumentParser
import Foundation
import Fulfillment
import Orders

extension OrdersCommand {
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget the people behind orders, for good: name, address, e-mail, phone, notes.",
            discussion: """
                Numbers, items, times and statuses stay for statistics. An order that is still under way is refused: \
                cancel it or let it end first, or give --force.

                Examples:
                  mailroom orders erase 4829-1504-75
                  mailroom orders erase --force 4829-1504-75 4829-1504-83
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The orders' numbers, with or without hyphens.") var numbers: [String]
        @Flag(help: "Do not ask.") var yes = false
        @Flag(help: "Also orders under way: nobody here can cancel, resend or reship them afterwards.") var force =
            false
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let numbers = try numbers.map { text throws(Failure) in
                guard let number = OrderNumber(text) else {
                    throw Failure(
                        .dataError,
                        "an order number has ten digits, the last a check digit: is there a typing error?")
                }
                return number
            }
            if !yes { try Self.ask(numbers.count) }
            let clerk = try await Clerk.reach(try shared.settings())
            let results = try await clerk.finishing { clerk in
                var results: [(OrderNumber, Clerk.Erasure)] = []
                for number in numbers { results.append((number, try await clerk.erase(number, force: force))) }
                try await clerk.overwriteErased()
                return results
            }
            if json {
                try Terminal.print { json in Self.write(results, to: &json) }
            } else {
                try Terminal.print(Self.text(results))
            }
            try Self.end(results)
        }

        private static func ask(_ count: Int) throws(Failure) {
            guard Terminal.inputIsTerminal else {
                throw Failure(.usage, "nobody can be asked here: give --yes to erase for good")
            }
            Terminal.prompt(
                "Erase the personal data of \(count == 1 ? "this order" : "these \(count) orders") for good? [y/N] ")
            guard let answer = readLine()?.lowercased(), answer == "y" || answer == "yes" else {
                throw Failure(.temporaryFailure, "nothing was erased")
            }
        }

        private static func text(_ results: [(OrderNumber, Clerk.Erasure)]) -> String {
            let lines = results.map { number, erasure in
                switch erasure {
                case .erased: "\(number)  erased\n"
                case .erasedBefore: "\(number)  was erased before\n"
                case .refused(let why): "\(number)  not erased. \(why)\n"
                case .notFound: "\(number)  not found\n"
                }
            }.joined()
            guard let until = backupsHoldUntil(results) else { return lines }
            return lines + """

                Backups made before now still hold these people: delete them, or keep none of them beyond \
                \(until.description.prefix(10)). `mailroom retention check FILE` points out a backup that is too old.

                """
        }

        private static func write(_ results: [(OrderNumber, Clerk.Erasure)], to json: inout JSONWriter) {
            json.object { json in
                json.array("data", results) { result, json in
                    json.object { json in
                        json.field("number", result.0.description)
                        switch result.1 {
                        case .erased: json.field("result", "erased")
                        case .erasedBefore: json.field("result", "erased_before")
                        case .refused(let why):
                            json.field("result", "refused")
                            json.field("detail", why)
                        case .notFound: json.field("result", "not_found")
                        }
                    }
                }
                json.field("backups_hold_until", backupsHoldUntil(results))
            }
        }

        /// By then every copy of these people is past its time by the rule for all.
        private static func backupsHoldUntil(_ results: [(OrderNumber, Clerk.Erasure)]) -> Timestamp? {
            results.compactMap { result in
                if case .erased(let placedAt) = result.1 {
                    placedAt.adding(days: RetentionRule.longestDays)
                } else {
                    nil
                }
            }.max()
        }

        private static func end(_ results: [(OrderNumber, Clerk.Erasure)]) throws {
            for result in results {
                if case .refused = result.1 { throw ExitCode(SystemExit.dataError.rawValue) }
            }
            for result in results {
                if case .notFound = result.1 { throw ExitCode(SystemExit.noInput.rawValue) }
            }
        }
    }
}
