import ArgumentParser
import Orders
import Web

struct OrdersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "Look at orders, and forget the people behind them.",
        discussion: """
            Examples:
              mailroom orders list --status on_hold
              mailroom orders show 4829-1504-75
              mailroom orders erase 4829-1504-75
            """, subcommands: [List.self, Show.self, Erase.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List orders, newest first.",
            discussion: """
                The table fits the terminal: long names are cut. Times are those of time.zone. Piped, nothing is cut.

                Examples:
                  mailroom orders list
                  mailroom orders list --status on_hold --status exception --limit 20
                  mailroom orders list -q springfield --from 2026-11-01 --to 2026-11-30
                  mailroom orders list --flag possible_duplicate --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Option(
            help:
                "Only this status; may be given again: \(OrderStatus.allCases.map(\.rawValue).joined(separator: ", "))."
        )
        var status: [String] = []
        @Option(help: "Only with this flag: \(OrderFlag.allCases.map(\.rawValue).joined(separator: ", ")).")
        var flag: String?
        @Option(
            name: [.customShort("q"), .long],
            help: "An e-mail, a number (order, tracking, phone), or words of name, organization or city.")
        var query: String?
        @Option(help: ArgumentHelp("First day, in time.zone.", valueName: "yyyy-mm-dd")) var from: String?
        @Option(help: ArgumentHelp("Last day, in time.zone.", valueName: "yyyy-mm-dd")) var to: String?
        @Option(help: "At most so many, 1 to 10000.") var limit = 50
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit is 1 to 10000.") }
            let statuses = OrderStatus.allCases.map(\.rawValue)
            for text in status where !statuses.contains(text) {
                let suggestion = Suggestion.nearest(to: text, among: statuses).map { "; did you mean \($0)?" } ?? "."
                throw ValidationError("--status is one of \(statuses.joined(separator: ", "))\(suggestion)")
            }
            if let flag, OrderFlag(rawValue: flag) == nil {
                let flags = OrderFlag.allCases.map(\.rawValue)
                throw ValidationError("--flag is one of \(flags.joined(separator: ", ")).")
            }
            let calendar = OfficeCalendar(timeZone: "UTC")
            for day in [from, to].compactMap({ $0 }) where calendar.start(day) == nil {
                throw ValidationError("A day is written 2026-11-22, a time 2026-11-22T15:00:00Z.")
            }
            if let query, SearchTerm(query) == nil { throw ValidationError("--query holds nothing to look for.") }
        }

        func run() async throws {
            let settings = try shared.settings()
            let query = query(in: settings.timeZone)
            let page = try await ReadingRoom.open(settings) { try await $0.orders(query) }
            guard json else {
                let table = Self.text(page, LocalTime(timeZone: settings.timeZone), width: ScreenWidth.ofOutput)
                return try Terminal.print(table)
            }
            try Terminal.print { json in
                json.object {
                    $0.array("data", page.summaries) { $0.write(to: &$1) }
                    $0.object("count") {
                        $0.field("value", page.count.value)
                        $0.field("capped", page.count.isCapped)
                    }
                }
            }
        }

        private func query(in timeZone: String) -> OrderQuery {
            var order = OrderQuery()
            order.statuses = Set(status.compactMap(OrderStatus.init))
            order.flag = flag.flatMap(OrderFlag.init)
            order.search = query.flatMap(SearchTerm.init)
            let calendar = OfficeCalendar(timeZone: timeZone)
            order.placedFrom = from.flatMap(calendar.start)
            order.placedBefore = to.flatMap(calendar.end)
            order.limit = limit
            return order
        }

        /// Times are those of the zone in which staff mean their dates.
        static func text(_ page: OrderPage, _ local: LocalTime, width: Int?) -> String {
            let rows = page.summaries.map { order in
                [
                    order.number.description, order.status.rawValue, local.text(order.placedAt), order.recipient,
                    "\(order.city), \(order.region)", "\(order.copies)", order.totalWeight.description,
                    order.flags.map(\.rawValue).joined(separator: " "),
                ]
            }
            let zone = page.summaries.first.map { " " + local.zone(at: $0.placedAt) } ?? ""
            let table = TextTable(
                headings: ["number", "status", "placed" + zone, "recipient", "place", "copies", "weight", "flags"],
                rows: rows, elastic: [7, 3, 4])
            let more = page.count.value > rows.count || page.count.isCapped
            let count = "\(page.count.value)\(page.count.isCapped ? " or more" : "")"
            return table.text(width: width) + (more ? "\(rows.count) of \(count) orders\n" : "")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one order with its parcels and history.",
            discussion: """
                Examples:
                  mailroom orders show 4829-1504-75
                  mailroom orders show 4829150475 --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The order's number, with or without hyphens.") var number: String
        @Flag(help: "Print JSON, as the staff API answers.") var json = false

        func run() async throws {
            guard let number = OrderNumber(number) else {
                throw Failure(
                    .dataError, "an order number has ten digits, the last a check digit: is there a typing error?")
            }
            let settings = try shared.settings()
            let detail = try await ReadingRoom.open(settings) { try await $0.detail(number) }
            guard let detail else { throw Failure(.noInput, "there is no order \(number)") }
            guard json else {
                return try Terminal.print(OrderSheet(detail, local: LocalTime(timeZone: settings.timeZone)).text)
            }
            try Terminal.print { detail.write(to: &$0) }
        }
    }
}
