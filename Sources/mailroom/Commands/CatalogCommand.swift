import ArgumentParser
import Foundation
import Orders

struct CatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "The catalog as a CSV file.",
        discussion: """
            Examples:
              mailroom catalog export catalog.csv
              mailroom catalog import catalog.csv --dry-run
            """, subcommands: [Import.self, Export.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a file's titles into the catalog, all or none; titles not in the file stay untouched.",
            discussion: """
                The header is \(CatalogFile.header.joined(separator: ",")). A weight is like 3.2 oz.

                Examples:
                  mailroom catalog import catalog.csv --dry-run
                  mailroom catalog import catalog.csv
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The CSV file; - is standard input.", completion: .file(extensions: ["csv"])) var file: String
        @Flag(help: "Say what would change, and change nothing.") var dryRun = false
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let settings = try shared.settings()
            var bar = ProgressBar("import")
            bar.show(0, of: 3)
            let bytes = try InputFile.read(file)
            bar.show(1, of: 3)
            let titles = try Self.titles(in: bytes, of: file)
            bar.show(2, of: 3)
            let clerk = try await Clerk.reach(settings)
            let change = try await clerk.finishing {
                try await $0.importCatalog(bytes, titles: titles, isDryRun: dryRun)
            }
            bar.show(3, of: 3)
            bar.finish()
            guard json else { return try Terminal.print(Self.text(change, isDryRun: dryRun)) }
            try Terminal.print { json in
                json.object {
                    $0.field("dry_run", dryRun)
                    $0.array("added", change.added)
                    $0.array("changed", change.changed)
                    $0.field("unchanged", change.unchanged)
                }
            }
        }

        /// Every bad row is reported with its line, before anything is written.
        static func titles(in bytes: [UInt8], of file: String) throws(Failure) -> [Title] {
            do {
                return try CatalogFile.read(bytes)
            } catch {
                let lines = error.problems.map { "  \($0.pointer): \($0.detail)" }
                let text = "\(file) was not imported:\n" + lines.joined(separator: "\n")
                throw Failure(.dataError, text)
            }
        }

        private static let mostLines = 20

        private static func text(_ change: CatalogChange, isDryRun: Bool) -> String {
            let verb = isDryRun ? "would be " : ""
            let lines =
                change.added.map { "\(verb)added    \($0)\n" } + change.changed.map { "\(verb)changed  \($0)\n" }
            let left = lines.count - mostLines
            return (left > 0 ? lines.prefix(mostLines) + ["and \(left) more; --json names them all\n"] : lines).joined()
                + "\(change.added.count) \(verb)added, \(change.changed.count) \(verb)changed, "
                + "\(change.unchanged) unchanged\n"
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the catalog as CSV, to standard output or to a file.",
            discussion: """
                Examples:
                  mailroom catalog export
                  mailroom catalog export catalog.csv
                """)

        @OptionGroup(title: "Settings") var shared: SharedOptions
        @Argument(help: "The file to write; without it, standard output.", completion: .file()) var file: String?
        @Flag(help: "Print JSON instead of CSV.") var json = false

        func run() async throws {
            let catalog = try await ReadingRoom.open(try shared.settings()) { $0.catalog }
            let bytes: [UInt8]
            if json {
                var writer = JSONWriter()
                writer.object { $0.array("data", catalog.titles) { $0.write(to: &$1) } }
                bytes = writer.bytes + [0x0A]
            } else {
                bytes = CatalogFile.write(catalog.titles)
            }
            guard let file else { return try Terminal.print(bytes) }
            var bar = ProgressBar("export")
            try OutputFile.write(bytes, to: file) { bar.show($0, of: $1) }
            bar.finish()
            Terminal.warn("\(catalog.titles.count) titles written to \(file)")
        }
    }
}
