import ArgumentParser
import Orders
import Web

struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "Accounts: who may sign in to the console at /staff.",
        discussion: """
            Examples:
              mailroom staff add ana@example.org --role staff --generate
              mailroom staff list
              mailroom staff disable ana@example.org
              mailroom staff reset ana@example.org --generate
            """,
        subcommands: [Add.self, List.self, Disable.self, Reset.self])

    /// Where a password comes from.
    struct PasswordSource: ParsableArguments {
        @Flag(help: "Make a password and print it once; whoever signs in with it must choose another.")
        var generate = false

        /// Nil for one that is to be made. Never taken from the command line, which others on this machine can read.
        func password() throws(Failure) -> String? { generate ? nil : try PasswordPrompt.read() }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account.",
            discussion: """
                The password is asked for on the terminal, or is the first line of standard input. \
                \(StaffRole.allCases.map(\.rawValue).joined(separator: ", ")) are the roles: a viewer looks, staff steer \
                orders and keep the catalog, an admin may do everything.

                Examples:
                  mailroom staff add ana@example.org --role staff
                  mailroom staff add ana@example.org --name ana --role admin --generate
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The email address to sign in with.") var email: String
        @Option(help: "What the account may do.") var role = StaffRole.staff
        @Option(help: "The name in the history of orders; without it, what stands before the @.") var name: String?
        @OptionGroup var source: PasswordSource
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let clerk = try await Clerk.reach(try shared.settings())
            let (made, password) = try await clerk.finishing { clerk in
                let request = StaffAccountRequest(
                    email: email, name: name, role: role.rawValue, password: try source.password())
                return try await clerk.addAccount(request)
            }
            guard json else {
                let text = password.map { "\($0)\n" } ?? "\(made) may sign in.\n"
                return try Terminal.print(text)
            }
            try Terminal.print { json in
                json.object {
                    $0.field("name", made)
                    if let password { $0.field("password", password) }
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts, disabled ones included.",
            discussion: """
                Examples:
                  mailroom staff list
                  mailroom staff list --json
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let accounts = try await ReadingRoom.open(try shared.settings()) { try await $0.accounts() }
            guard json else {
                let rows = accounts.map { account in
                    [
                        account.name, account.email, account.role.rawValue, "\(account.createdAt)",
                        account.disabledAt.map { "disabled \($0)" } ?? "active",
                    ]
                }
                return try Terminal.print(
                    TextTable(headings: ["name", "email", "role", "created", "state"], rows: rows).text)
            }
            try Terminal.print { json in
                json.object {
                    $0.array("data", accounts) { account, json in
                        json.object {
                            $0.field("name", account.name)
                            $0.field("email", account.email)
                            $0.field("role", account.role.rawValue)
                            $0.field("created_at", account.createdAt)
                            $0.field("disabled_at", account.disabledAt)
                        }
                    }
                }
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an account in no more, and end its sessions at once; `reset` lets it in again.",
            discussion: """
                Examples:
                  mailroom staff disable ana@example.org
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The account's email address or name.") var account: String
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let settings = try shared.settings()
            let name = try await StaffCommand.name(of: account, settings)
            let clerk = try await Clerk.reach(settings)
            try await clerk.finishing { try await $0.disableAccount(named: name) }
            guard json else { return try Terminal.print("\(name) is disabled.\n") }
            try Terminal.print { json in json.object { $0.field("disabled", name) } }
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an account a new password, which must be changed at the next sign-in; end its sessions.",
            discussion: """
                Examples:
                  mailroom staff reset ana@example.org
                  mailroom staff reset ana --generate
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The account's email address or name.") var account: String
        @OptionGroup var source: PasswordSource
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let settings = try shared.settings()
            let name = try await StaffCommand.name(of: account, settings)
            let clerk = try await Clerk.reach(settings)
            let password = try await clerk.finishing {
                try await $0.resetAccount(named: name, to: try source.password())
            }
            guard json else { return try Terminal.print(password.map { "\($0)\n" } ?? "\(name) has a new password.\n") }
            try Terminal.print { json in
                json.object {
                    $0.field("name", name)
                    if let password { $0.field("password", password) }
                }
            }
        }
    }

    /// The name of the account that somebody named by its email address or its name.
    private static func name(of text: String, _ settings: Settings) async throws -> String {
        let accounts = try await ReadingRoom.open(settings) { try await $0.accounts() }
        let email = StaffAccount.email(text)
        guard let account = accounts.first(where: { $0.name == text || $0.email == email }) else {
            throw Clerk.noAccount
        }
        return account.name
    }
}

extension StaffRole: ExpressibleByArgument {}
