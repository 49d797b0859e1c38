import ArgumentParser
import Fulfillment
import Orders

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Staff tokens: who may use the staff API.",
        discussion: """
            Examples:
              mailroom token create --name office --scope orders:read --scope orders:write
              mailroom token list
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, alone, once: only its hash is kept.",
            discussion: """
                Examples:
                  mailroom token create --name office --scope orders:read --scope orders:write
                  mailroom token create --name catalog --scope catalog:write --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Option(help: "Whose it is: 1 to 64 of A-Z a-z 0-9 . _ -; the history of orders shows it.") var name: String
        @Option(
            help: """
                What it may do; give the option once for each of \
                \(Scope.allCases.map(\.rawValue).joined(separator: ", ")).
                """)
        var scope: [String]
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard StaffToken.isName(name) else {
                throw ValidationError("A name is 1 to 64 of A-Z a-z 0-9 . _ -")
            }
            guard !scope.isEmpty else { throw ValidationError("Give at least one --scope.") }
            if let unknown = scope.first(where: { Scope(rawValue: $0) == nil }) {
                let known = Scope.allCases.map(\.rawValue)
                let suggestion = Suggestion.nearest(to: unknown, among: known).map { " Did you mean \($0)?" } ?? ""
                throw ValidationError("There are the scopes \(known.joined(separator: ", ")).\(suggestion)")
            }
        }

        func run() async throws {
            let scopes = Set(scope.compactMap(Scope.init))
            let clerk = try await Clerk.reach(try shared.settings())
            let token = try await clerk.finishing { try await $0.createToken(named: name, scopes: scopes) }
            guard json else { return try Terminal.print(token + "\n") }
            try Terminal.print { json in
                json.object {
                    $0.field("name", name)
                    $0.array("scopes", scopes.map(\.rawValue).sorted())
                    $0.field("token", token)
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens that hold, without their secrets.",
            discussion: """
                Examples:
                  mailroom token list
                  mailroom token list --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let settings = try shared.settings()
            let tokens = try await ReadingRoom.open(settings) { try await $0.tokens() }
            let local = LocalTime(timeZone: settings.timeZone)
            guard json else {
                let rows = tokens.map { token in
                    [
                        token.name, token.scopes.map(\.rawValue).sorted().joined(separator: " "),
                        local.text(token.createdAt),
                    ]
                }
                return try Terminal.print(TextTable(headings: ["name", "scopes", "created"], rows: rows).text)
            }
            try Terminal.print { json in
                json.object {
                    $0.array("data", tokens) { token, json in
                        json.object {
                            $0.field("name", token.name)
                            $0.array("scopes", token.scopes.map(\.rawValue).sorted())
                            $0.field("created_at", token.createdAt)
                        }
                    }
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token, at once and for good.",
            discussion: """
                Examples:
                  mailroom token revoke office
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The token's name.") var name: String
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let clerk = try await Clerk.reach(try shared.settings())
            try await clerk.finishing { try await $0.revokeToken(named: name) }
            guard json else { return try Terminal.print("\(name) is revoked.\n") }
            try Terminal.print { json in json.object { $0.field("revoked", name) } }
        }
    }
}
