import Fulfillment
import Logging
import Orders
import Web

/// The settings, read and typed.
struct Settings: Sendable {
    let http: HTTP
    let metrics: Metrics
    let publicURL: String
    let databasePath: String
    let weightLimit: StatedWeight
    let countries: Set<String>
    let house: House
    let organization: Organization
    let timeZone: String
    let retentionDays: Int
    let log: Log

    struct HTTP: Sendable {
        let host: String
        let port: Int
        let trustedProxies: [AddressRange]
        let corsOrigins: [String]
        /// Per address and minute; 0 is no limit.
        let ordersPerMinute: Int
        let statusPerMinute: Int
        let signinsPerMinute: Int
        /// 0 is no cap.
        let connectionsPerAddress: Int
        let connections: Int
        let queue: Int

        /// The server, asked from this machine.
        var ownURL: String {
            let host = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
            return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// Where `GET /metrics` is answered.
    struct Metrics: Sendable {
        let host: String
        let port: Int
    }

    /// How we and the fulfillment house know each other; empty where only `serve` needs it.
    struct House: Sendable {
        let url: String?
        /// Newest first; all of them sign.
        let secrets: [WebhookSecret]
        let inboundSecrets: [WebhookSecret]
        let concurrency: Int
    }

    struct Organization: Sendable {
        let name: String
        let email: String
        let phone: String
        let hours: String
        let returnAddress: String
        let deliveryPromise: String
    }

    struct Log: Sendable {
        let level: Logger.Level
        let format: LogFormat
    }

    init(_ values: SettingValues) throws(SettingsError) {
        http = HTTP(
            host: try values.required(KnownSettings.httpHost), port: try values.required(KnownSettings.httpPort),
            trustedProxies: try values.required(KnownSettings.trustedProxies),
            corsOrigins: try values.required(KnownSettings.corsOrigins),
            ordersPerMinute: try values.required(KnownSettings.ordersPerMinute),
            statusPerMinute: try values.required(KnownSettings.statusPerMinute),
            signinsPerMinute: try values.required(KnownSettings.signinsPerMinute),
            connectionsPerAddress: try values.required(KnownSettings.connectionsPerAddress),
            connections: try values.required(KnownSettings.connections),
            queue: try values.required(KnownSettings.queue))
        metrics = Metrics(
            host: try values.required(KnownSettings.metricsHost), port: try values.required(KnownSettings.metricsPort))
        publicURL = try values.required(KnownSettings.publicURL)
        databasePath = try values.required(KnownSettings.database)
        weightLimit = try values.required(KnownSettings.weightLimit)
        countries = Set(try values.required(KnownSettings.countries))
        house = House(
            url: try values.optional(KnownSettings.fulfillmentURL),
            secrets: try values.optional(KnownSettings.fulfillmentSecrets) ?? [],
            inboundSecrets: try values.optional(KnownSettings.inboundSecrets) ?? [],
            concurrency: try values.required(KnownSettings.fulfillmentConcurrency))
        organization = Organization(
            name: try values.required(KnownSettings.organizationName),
            email: try values.required(KnownSettings.organizationEmail),
            phone: try values.required(KnownSettings.organizationPhone),
            hours: try values.required(KnownSettings.organizationHours),
            returnAddress: try values.required(KnownSettings.organizationReturnAddress),
            deliveryPromise: try values.required(KnownSettings.organizationDeliveryPromise))
        timeZone = try values.required(KnownSettings.timeZone)
        retentionDays = try values.required(KnownSettings.retentionDays)
        log = Log(
            level: try values.required(KnownSettings.logLevel), format: try values.required(KnownSettings.logFormat))
    }
}

extension Settings {
    /// Reads all settings, starts the log, and warns of names that mean nothing.
    static func load(_ sources: SettingSources, for purpose: SettingValues.Purpose) throws(SettingsError) -> Settings {
        let values = try SettingValues(sources, for: purpose)
        let settings = try Settings(values)
        LogSetup.start(level: settings.log.level, format: settings.log.format)
        let doubts = purpose == .serve ? settings.doubts : []
        for warning in values.warnings + doubts { Logger(label: "settings").warning("\(warning)") }
        return settings
    }

    /// What is allowed and hardly meant.
    var doubts: [String] {
        let isLeft = publicURL == KnownSettings.publicURL.defaultText
        guard isLeft, http.port != 0, String(http.port) != KnownSettings.httpPort.defaultText else { return [] }
        return [
            "public.url is \(publicURL), and the service listens on port \(http.port): links in answers lead elsewhere"
        ]
    }
}
