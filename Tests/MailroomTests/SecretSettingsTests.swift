import Foundation
import Fulfillment
import Orders
import Testing

@testable import mailroom

@Suite struct SecretSettingsTests {
    /// A file with these secrets, one a line.
    private static func withSecretsFile(_ secrets: [String], _ body: (String) async throws -> Void) async throws {
        try await Samples.inFolder { folder in
            let path = folder.appending(path: "secrets").path
            try Data((secrets.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
            try await body(path)
        }
    }

    @Test func aSecretMayComeFromAFileWithOneSecretALine() async throws {
        try await Self.withSecretsFile([Samples.secret, Samples.otherSecret]) { path in
            let sources = SettingSources(environment: ["MAILROOM_FULFILLMENT_SECRETS_FILE": path])
            let values = try SettingValues(sources, for: .show)
            let secrets = try values.required(KnownSettings.fulfillmentSecrets)
            #expect(secrets.map(\.text) == [Samples.secret, Samples.otherSecret])
            let origin = "secret file \(path), named by environment MAILROOM_FULFILLMENT_SECRETS_FILE"
            #expect("\(values.values["fulfillment.secrets"]!.origin)" == origin)
        }
    }

    @Test func theStrongerOfASecretAndItsFileWins() async throws {
        try await Self.withSecretsFile([Samples.secret]) { path in
            let environment = ["MAILROOM_INBOUND_SECRETS_FILE": path]
            let yaml = try await Samples.settingsFile("inbound.secrets: \(Samples.otherSecret)")
            let overFile = try SettingValues(SettingSources(environment: environment, file: yaml), for: .show)
            #expect(try overFile.required(KnownSettings.inboundSecrets).map(\.text) == [Samples.secret])
            let options = ["inbound.secrets": Samples.otherSecret]
            let underOption = try SettingValues(SettingSources(options: options, environment: environment), for: .show)
            #expect(try underOption.required(KnownSettings.inboundSecrets).map(\.text) == [Samples.otherSecret])
        }
    }

    @Test func aSecretAndItsFileInOneSourceAreAProblem() {
        let sources = SettingSources(options: ["inbound.secrets": Samples.secret, "inbound.secrets.file": "/nowhere"])
        let problem =
            "inbound.secrets (option --inbound-secrets): is set, and inbound.secrets.file too: give one of them"
        #expect(sources.problems() == [problem])
    }

    @Test func aFileOfSecretsThatCannotBeReadIsAProblemOnlyWhereSecretsAreNeeded() {
        let sources = SettingSources(options: ["inbound.secrets.file": "/nowhere/secrets"])
        #expect(sources.problems(for: .command).isEmpty)
        let problems = sources.problems(for: .show)
        #expect(problems.count == 1)
        #expect(problems[0].contains("inbound.secrets.file (option --inbound-secrets-file)"))
        #expect(problems[0].contains("No such file"))
    }

    @Test func theReportMasksSecretsAndShowsWhereEachSettingCameFrom() throws {
        let sources = SettingSources(
            options: ["fulfillment.secrets": "\(Samples.secret), \(Samples.otherSecret)"],
            environment: ["MAILROOM_INBOUND_SECRETS": Samples.secret, "MAILROOM_HTTP_PORT": "81"])
        let report = SettingsReport(try SettingValues(sources, for: .show))
        var json = JSONWriter()
        report.write(to: &json)
        for text in [report.text, String(decoding: json.bytes, as: UTF8.self)] {
            #expect(!text.contains(Samples.secret.dropFirst(6)))
            #expect(!text.contains(Samples.otherSecret.dropFirst(6)))
            #expect(text.contains("(2 secrets, masked)"))
            #expect(text.contains("environment MAILROOM_HTTP_PORT"))
        }
        #expect(report.lines.map(\.key) == KnownSettings.rows.map(\.key))
        #expect(report.lines.first { $0.key == "http.host" }?.origin == "default")
        #expect(report.lines.first { $0.key == "fulfillment.url" }?.value == nil)
    }

    @Test func aBrokenFileSaysWhereWithoutQuotingTheLine() async throws {
        let error = await #expect(throws: SettingsError.self) {
            try await Samples.settingsFile("inbound.secrets: [\(Samples.secret)\nhttp.port: 1\n")
        }
        let text = try #require(error?.problems.first?.text)
        #expect(text.contains("line 2") || text.contains("2:"))
        #expect(!text.contains("whsec_"))
    }

    @Test func aFileWithNothingButCommentsSetsNothing() async throws {
        let file = try await Samples.settingsFile("# nothing yet\n\n---\n# http.port: 1\n")
        #expect(file.keys.isEmpty)
        #expect(SettingSources(file: file).problems().isEmpty)
    }

    @Test func aFileThatWasNamedMustBeThere() {
        #expect(throws: SettingsError.self) {
            try SettingSources.collect(file: "/nowhere/mailroom.yaml", options: [:], environment: [:])
        }
        #expect(throws: SettingsError.self) {
            try SettingSources.collect(file: nil, options: [:], environment: ["MAILROOM_CONFIG": "/nowhere/m.yaml"])
        }
    }
}
