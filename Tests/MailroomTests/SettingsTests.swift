import Foundation
import Logging
import Orders
import Testing

@testable import mailroom

@Suite struct SettingsTests {
    @Test func withoutAnySourceEveryDefaultHolds() throws {
        let settings = try Settings(try SettingValues(SettingSources(), for: .command))
        #expect(settings.http.host == "127.0.0.1")
        #expect(settings.http.port == 8080)
        #expect(settings.http.trustedProxies.isEmpty)
        #expect(settings.publicURL == "http://127.0.0.1:8080")
        #expect(settings.databasePath == "mailroom.db")
        #expect(settings.weightLimit.description == "20 lb")
        #expect(settings.countries == ["US"])
        #expect(settings.house.url == nil)
        #expect(settings.log.level == .info)
    }

    @Test func optionsBeatTheEnvironmentWhichBeatsTheFile() async throws {
        var sources = SettingSources(file: try await Samples.settingsFile("http.port: 1\nlog.level: error\n"))
        func port() throws -> (Int, String) {
            let values = try SettingValues(sources, for: .command)
            return (try values.required(KnownSettings.httpPort), "\(values.values["http.port"]!.origin)")
        }
        #expect(try port().0 == 1)
        #expect(try port().1.hasPrefix("file /"))
        sources.environment = ["MAILROOM_HTTP_PORT": "2"]
        #expect(try port() == (2, "environment MAILROOM_HTTP_PORT"))
        sources.options = ["http.port": "3"]
        #expect(try port() == (3, "option --http-port"))
        sources.demo = ["http.port": "4"]
        #expect(try port() == (4, "demo"))
        #expect(try Settings(try SettingValues(sources, for: .command)).log.level == .error)
    }

    @Test func nestedAndDottedKeysMeanTheSame() async throws {
        let nested = try await Samples.settingsFile("http:\n  rate:\n    orders: 7\n  cors.origins: [https://a.org]\n")
        let values = try SettingValues(SettingSources(file: nested), for: .command)
        #expect(try values.required(KnownSettings.ordersPerMinute) == 7)
        #expect(try values.required(KnownSettings.corsOrigins) == ["https://a.org"])
    }

    @Test(arguments: ["shipping.countries: [US, CA]", "shipping.countries: US, CA", "shipping.countries:\n- US\n- CA"])
    func aListIsAYAMLListOrTextWithCommas(_ yaml: String) async throws {
        let values = try SettingValues(SettingSources(file: try await Samples.settingsFile(yaml)), for: .command)
        #expect(try values.required(KnownSettings.countries) == ["US", "CA"])
    }

    @Test func everyProblemIsListedAtOnceWithItsPlaceAndWhatIsAllowed() async throws {
        let file = try await Samples.settingsFile("http:\n  prot: 1\n  port: 80a\nlog.level: loud\n")
        let sources = SettingSources(
            options: ["time.zone": "America/New_Yorck"], environment: ["MAILROOM_SHIPPING_WEIGHT_LIMIT": "heavy"],
            file: file)
        let problems = sources.problems(for: .serve)
        #expect(problems.count == 8)
        func has(_ start: String, _ part: String) -> Bool {
            problems.contains { $0.hasPrefix(start) && $0.contains(part) }
        }
        #expect(has("http.prot (file /", "did you mean http.port?"))
        #expect(has("http.port (file /", "a whole number from 0 to 65535"))
        #expect(has("log.level (file /", "one of trace, debug, info"))
        #expect(has("time.zone (option --time-zone): ", "a time zone's name"))
        #expect(has("shipping.weight.limit (environment MAILROOM_SHIPPING_WEIGHT_LIMIT): ", "20 lb"))
        for key in ["fulfillment.url", "fulfillment.secrets", "inbound.secrets"] {
            #expect(has("\(key): ", "is needed by serve and not set"))
        }
    }

    @Test(arguments: [
        ("http.host", ""), ("http.host", "a b"), ("http.port", "80a"), ("http.port", "65536"), ("http.port", "-1"),
        ("http.port", "0x50"), ("http.port", ""), ("http.port", "8080.0"), ("http.port", "+80"),
        ("http.trusted.proxies", "10.0.0.0/33"), ("http.trusted.proxies", "10.1.0.0/8"),
        ("http.trusted.proxies", "proxy"), ("http.trusted.proxies", "::1/128,"), ("http.cors.origins", "*"),
        ("http.cors.origins", "https://a.org/path"), ("http.rate.orders", "many"), ("http.rate.status", "1e3"),
        ("http.rate.signin", "ten"), ("http.connections.per.address", "-1"), ("http.connections", "1.5"),
        ("http.queue", "0"), ("metrics.host", "?"), ("metrics.port", "metrics"), ("public.url", "http://example.org"),
        ("public.url", "ftp://example.org"), ("public.url", "example.org"),
        ("public.url", "https://user:password@example.org"), ("database.url", "mailroom.db"),
        ("database.url", "sqlite:"), ("database.url", "sqlite::memory:"), ("database.url", "postgres://db"),
        ("shipping.weight.limit", "20"), ("shipping.weight.limit", "0 lb"), ("shipping.weight.limit", "10001 lb"),
        ("shipping.weight.limit", "-1 lb"), ("shipping.countries", ""), ("shipping.countries", "us"),
        ("shipping.countries", "USA"), ("fulfillment.url", "http://house.example.org"), ("fulfillment.url", ""),
        ("fulfillment.secrets", "secret"), ("fulfillment.secrets", "whsec_c2hvcnQ="), ("fulfillment.secrets", ""),
        ("fulfillment.concurrency", "0"), ("inbound.secrets", "whsec_"), ("organization.name", ""),
        ("organization.name", "two\nlines"), ("organization.email", String(repeating: "a", count: 301)),
        ("time.zone", "Mars/Olympus"), ("time.zone", "EST5"), ("retention.days", "0"), ("retention.days", "366"),
        ("log.level", "INFO"), ("log.format", "xml"),
    ])
    func aValueThatDoesNotFitIsAProblemAndNeverBecomesItsDefault(_ key: String, _ text: String) {
        let problems = SettingSources(options: [key: text]).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(key) (option --\(SettingName.option(of: key)))") == true)
    }

    @Test func noProblemEverQuotesAValue() {
        let value = "tell-nobody-4711"
        for row in KnownSettings.rows where !row.accepts(value) {
            let problems = SettingSources(options: [row.key: value]).problems()
            #expect(problems.count == 1)
            #expect(!problems.joined().contains(value))
        }
    }

    @Test func anUnknownEnvironmentNameOnlyWarns() throws {
        let sources = SettingSources(environment: ["MAILROOM_HTTP_PROT": "1", "PATH": "/bin", "MAILROOM_CONFIG": "x"])
        #expect(sources.problems().isEmpty)
        let warning = "environment variable MAILROOM_HTTP_PROT means nothing; did you mean MAILROOM_HTTP_PORT?"
        #expect(try SettingValues(sources, for: .command).warnings == [warning])
    }

    @Test func aGroupGivenAsASettingAndAKeyGivenTwiceAreProblems() async throws {
        let file = try await Samples.settingsFile("http.port: 1\nhttp:\n  port: 2\nlog: info\n")
        let problems = SettingSources(file: file).problems()
        #expect(problems.contains { $0.hasPrefix("log (file ") && $0.contains("a group of settings") })
        #expect(problems.contains { $0.hasPrefix("http.port (file ") && $0.contains("more than once") })
    }

    /// What `house` and `trigger` send goes to the server that the settings describe.
    @Test(arguments: [
        ("127.0.0.1", "http://127.0.0.1:8096"), ("0.0.0.0", "http://127.0.0.1:8096"), ("::1", "http://[::1]:8096"),
        ("::", "http://127.0.0.1:8096"),
    ])
    func theServerIsAskedWhereItListens(host: String, url: String) throws {
        let sources = SettingSources(options: ["http.host": host, "http.port": "8096"])
        #expect(try Settings(SettingValues(sources, for: .show)).http.ownURL == url)
    }

    @Test func aPublicURLThatWasLeftAtAnotherPortIsPointedOut() throws {
        func doubts(_ options: [String: String]) throws -> [String] {
            try Settings(SettingValues(SettingSources(options: options), for: .show)).doubts
        }
        #expect(try doubts(["http.port": "8096"]).first?.contains("public.url") == true)
        for none in [[:], ["http.port": "0"], ["http.port": "8096", "public.url": "https://print.example.org"]] {
            #expect(try doubts(none).isEmpty)
        }
    }

    @Test func httpAndMetricsMayNotShareAPort() {
        #expect(SettingSources(options: ["http.port": "0", "metrics.port": "0"]).problems().isEmpty)
        #expect(SettingSources(options: ["http.port": "9464", "metrics.host": "::1"]).problems().isEmpty)
        #expect(SettingSources(options: ["http.port": "9464"]).problems().count == 1)
    }

    @Test(arguments: [
        "http://127.0.0.1:8080", "http://localhost", "http://[::1]:9", "http://127.1.2.3", "https://a.example.org/",
    ])
    func aPublicURLIsSecureOrTalksToItself(_ url: String) throws {
        let values = try SettingValues(SettingSources(options: ["public.url": url]), for: .command)
        #expect(!(try values.required(KnownSettings.publicURL)).hasSuffix("/"))
    }
}
