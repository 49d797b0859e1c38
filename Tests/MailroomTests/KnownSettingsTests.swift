import ArgumentParser
import Foundation
import Fulfillment
import Testing

@testable import mailroom

/// The table of settings, the file in Config, the options and the contract say the same.
@Suite struct KnownSettingsTests {
    private static let contractKeys = [
        "http.host", "http.port", "http.trusted.proxies", "http.cors.origins", "http.rate.orders", "http.rate.status",
        "http.rate.signin", "http.connections.per.address", "http.connections", "http.queue", "metrics.host",
        "metrics.port", "public.url", "database.url", "shipping.weight.limit", "shipping.countries", "fulfillment.url",
        "fulfillment.secrets", "fulfillment.secrets.file", "fulfillment.concurrency", "inbound.secrets",
        "inbound.secrets.file", "organization.name", "organization.email", "organization.phone", "organization.hours",
        "organization.return.address", "organization.delivery.promise", "time.zone", "retention.days", "log.level",
        "log.format",
    ]

    @Test func everySettingOfTheContractIsKnownAndNoOther() {
        #expect(KnownSettings.rows.map(\.key) == Self.contractKeys)
    }

    @Test func everyDefaultFits() {
        for row in KnownSettings.rows {
            if let text = row.defaultText { #expect(row.accepts(text), "\(row.key)") }
        }
    }

    @Test func theFileInConfigNamesEverySettingInOrderWithItsDefault() throws {
        let path = Samples.repository.appending(path: "Config/mailroom.yaml").path
        let file = try SettingsFile.read(path)
        let values = try SettingValues(SettingSources(file: file), for: .command)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var named: [String] = []
        for line in text.split(separator: "\n") {
            let bare = line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
            if let key = bare.split(separator: ":").first.map(String.init), KnownSettings.row(key) != nil {
                named.append(key)
            }
        }
        #expect(named == KnownSettings.rows.map(\.key))
        for row in KnownSettings.rows {
            #expect(file.keys.contains(row.key) == (row.defaultText != nil), "\(row.key)")
            #expect(values.values[row.key]?.text == row.defaultText, "\(row.key)")
        }
    }

    @Test func theExampleOfSecretsIsRead() throws {
        let file = try SettingsFile.read(Samples.repository.appending(path: "Config/secrets.example.yaml").path)
        let sources = SettingSources(options: ["fulfillment.url": "https://house.example.org"], file: file)
        let settings = try Settings(try SettingValues(sources, for: .serve))
        #expect(settings.house.secrets.count == 2)
        #expect(settings.house.inboundSecrets.count == 1)
    }

    @Test(arguments: KnownSettings.rows.map(\.key))
    func everySettingHasAnOptionOfItsName(_ key: String) throws {
        let option = "--" + SettingName.option(of: key)
        let serve = try ServeCommand.parse([option, "given"])
        #expect(serve.shared.given.merging(serve.service.given) { $1 } == [key: "given"])
        #expect(ServeCommand.helpMessage(columns: 500).contains(option + " <"))
    }

    @Test func aMisspeltOptionIsWrongUsage() {
        #expect(throws: (any Error).self) { try ServeCommand.parse(["--http-prot", "1"]) }
    }

    @Test(arguments: [
        ("http.prot", "http.port"), ("htttp.port", "http.port"), ("retention.day", "retention.days"),
        ("fulfilment.url", "fulfillment.url"), ("timezone", "time.zone"),
    ])
    func aMistypedKeyIsAnsweredWithTheNearestOne(_ typed: String, _ meant: String) {
        #expect(Suggestion.nearest(to: typed, among: KnownSettings.rows.map(\.key)) == meant)
    }

    @Test func nothingIsSuggestedForAWordThatIsNearNone() {
        #expect(Suggestion.nearest(to: "smtp.password", among: KnownSettings.rows.map(\.key)) == nil)
    }

    @Test(arguments: [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("", "ab", 2), ("kitten", "sitting", 3)])
    func distanceCountsSlips(_ a: String, _ b: String, _ slips: Int) {
        #expect(Suggestion.distance(Array(a.utf8), Array(b.utf8)) == slips)
    }
}
