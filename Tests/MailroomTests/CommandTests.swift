import Foundation
import Orders
import TestSupport
import Testing

@testable import mailroom

/// Commands without a server, with the real program: what they print where, and how they end.
@Suite(.timeLimit(.hanging)) struct CommandTests {
    private let program: MailroomProgram

    init() throws { program = try MailroomProgram() }

    private static let header = CatalogFile.header.joined(separator: ",")
    private static let row = "FSAC-NET-EN,Neuroendocrine,en,booklet,,3.2 oz,200,true,"

    @Test func wrongSettingsEndWith78AndEveryProblemOnStandardError() throws {
        let ended = try program.run(
            "serve", "--time-zone", "Mars", environment: ["MAILROOM_HTTP_PORT": "80a", "MAILROOM_HTTP_PROT": "1"])
        #expect(ended.status == 78)
        #expect(ended.output.isEmpty)
        for text in [
            "5 problems", "http.port (environment", "time.zone (option", "fulfillment.url", "MAILROOM_HTTP_PROT",
        ] {
            #expect(ended.errors.contains(text), "\(text)")
        }
    }

    @Test func wrongUsageEndsWith64() throws {
        #expect(try program.run("serve", "--http-prot", "1").status == 64)
        #expect(try program.run("frobnicate").status == 64)
        let typo = try program.run("token", "creat", "--name", "a", "--scope", "admin")
        #expect(typo.status == 64 && typo.errors.contains("did you mean \"mailroom token create\"?"), "\(typo.errors)")
        #expect(try program.run("staff", "frobnicate").errors.contains("there are add, list, disable, reset"))
        #expect(try program.run("orders", "list", "--staus", "shipped").errors.contains("--status"))
        #expect(try program.run("token", "create", "--name", "a b", "--scope", "admin").status == 64)
        #expect(try program.run("token", "create", "--name", "a", "--scope", "orders").status == 64)
        #expect(try program.run("orders", "list", "--status", "shiped").errors.contains("did you mean shipped?"))
        #expect(try program.run("orders", "list", "--from", "yesterday").status == 64)
        #expect(try program.run("house", "--fail-rate", "2").status == 64)
    }

    @Test func aMissingDatabaseEndsWith66AndNamesTheRemedy() throws {
        let settings = [
            "MAILROOM_FULFILLMENT_URL": "http://127.0.0.1:9", "MAILROOM_FULFILLMENT_SECRETS": Samples.secret,
            "MAILROOM_INBOUND_SECRETS": Samples.secret,
        ]
        for arguments in [["serve"], ["orders", "list"], ["token", "create", "--name", "a", "--scope", "admin"]] {
            let ended = try program.run(arguments, environment: settings)
            #expect(ended.status == 66)
            #expect(ended.errors.contains("mailroom migrate"))
        }
    }

    @Test func theSettingsAreShownWithTheirOriginAndWithoutSecrets() throws {
        let file = try program.write("http.port: 81\n", to: "settings.yaml")
        let ended = try program.run(
            "config", "show", "--json", "--config", file, "--log-level", "error",
            environment: ["MAILROOM_INBOUND_SECRETS": Samples.secret])
        #expect(ended.status == 0)
        #expect(!ended.output.contains(Samples.secret.dropFirst(6)))
        let settings = try #require(try JSONReader.read(Array(ended.output.utf8))["settings"]?.arrayValue)
        func origin(_ key: String) -> String? {
            settings.first { $0["key"]?.stringValue == key }?["origin"]?.stringValue
        }
        #expect(origin("http.port") == "file \(file)")
        #expect(origin("log.level") == "option --log-level")
        #expect(origin("inbound.secrets") == "environment MAILROOM_INBOUND_SECRETS")
        #expect(origin("http.host") == "default")
    }

    @Test func migratingTwiceDoesNothingTheSecondTime() throws {
        #expect(try program.run("migrate").output.contains("applied"))
        #expect(try program.run("migrate").output == "mailroom.db is up to date.\n")
        let mode = try FileManager.default.attributesOfItem(atPath: program.path("mailroom.db"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func aTokenIsPrintedAloneAndListedWithoutItsSecret() throws {
        _ = try program.run("migrate")
        let created = try program.run("token", "create", "--name", "kim", "--scope", "orders:read", "--scope", "admin")
        #expect(created.status == 0)
        let token = created.output.trimmingCharacters(in: .newlines)
        #expect(created.output == token + "\n" && token.wholeMatch(of: /mrt_[A-Za-z0-9_-]{43}/) != nil)
        let listed = try program.run("token", "list")
        #expect(listed.output.contains("kim   admin orders:read"))
        #expect(!listed.output.contains(token))
        #expect(try program.run("token", "create", "--name", "kim", "--scope", "admin").status == 65)
        #expect(try program.run("token", "revoke", "kim").status == 0)
        #expect(try program.run("token", "revoke", "kim").status == 66)
        #expect(try program.run("token", "list", "--json").output == "{\"data\":[]}\n")
    }

    @Test func anImportIsAllOrNothingAndEveryBadRowIsNamedWithItsLine() throws {
        _ = try program.run("migrate")
        let bad = try program.write("\(Self.header)\n\(Self.row)\nlower,,en,,,heavy,0,maybe,\n", to: "bad.csv")
        let refused = try program.run("catalog", "import", bad)
        #expect(refused.status == 65)
        for pointer in ["/line/3/sku", "/line/3/weight", "/line/3/max_quantity", "/line/3/available"] {
            #expect(refused.errors.contains(pointer))
        }
        #expect(try program.run("catalog", "export").output == Self.header + "\r\n")
        #expect(try program.run("catalog", "import", "nowhere.csv").status == 66)

        let good = try program.write("\(Self.header)\n\(Self.row)\n", to: "good.csv")
        let preview = try program.run("catalog", "import", good, "--dry-run")
        #expect(preview.output.contains("1 would be added, 0 would be changed, 0 unchanged"))
        #expect(try program.run("catalog", "export").output == Self.header + "\r\n")
        let imported = try program.run("catalog", "import", good, "--json")
        #expect(imported.output == "{\"dry_run\":false,\"added\":[\"FSAC-NET-EN\"],\"changed\":[],\"unchanged\":0}\n")
    }

    @Test func anExportedFileImportsBackToTheSame() throws {
        _ = try program.run("migrate")
        let sample = Samples.repository.appending(path: "Config/catalog.csv").path
        #expect(try program.run("catalog", "import", sample).status == 0)
        #expect(try program.run("catalog", "export", "out.csv").status == 0)
        let (mine, theirs) = (try FileBytes.read(program.path("out.csv")), try FileBytes.read(sample))
        #expect(try CatalogFile.read(mine) == CatalogFile.read(theirs))
        #expect(try program.run("catalog", "import", "out.csv").output.hasSuffix("0 added, 0 changed, 62 unchanged\n"))
    }

    @Test func ordersThatAreNotThereAndNumbersThatCannotBeEndDifferently() throws {
        _ = try program.run("migrate")
        #expect(try program.run("orders", "show", "0000-0000-00").status == 66)
        #expect(try program.run("orders", "show", "1234-5678-90").status == 65)
        let empty = "{\"data\":[],\"count\":{\"value\":0,\"capped\":false}}\n"
        #expect(try program.run("orders", "list", "--json", "--from", "2026-01-01").output == empty)
    }
}
