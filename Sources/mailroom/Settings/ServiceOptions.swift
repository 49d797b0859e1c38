import ArgumentParser

/// The settings that only the service needs.
struct ServiceOptions: ParsableArguments {
    @Option(help: .of(KnownSettings.httpHost)) var httpHost: String?
    @Option(help: .of(KnownSettings.httpPort)) var httpPort: String?
    @Option(help: .of(KnownSettings.trustedProxies)) var httpTrustedProxies: String?
    @Option(help: .of(KnownSettings.corsOrigins)) var httpCorsOrigins: String?
    @Option(help: .of(KnownSettings.ordersPerMinute)) var httpRateOrders: String?
    @Option(help: .of(KnownSettings.statusPerMinute)) var httpRateStatus: String?
    @Option(help: .of(KnownSettings.signinsPerMinute)) var httpRateSignin: String?
    @Option(help: .of(KnownSettings.connectionsPerAddress)) var httpConnectionsPerAddress: String?
    @Option(help: .of(KnownSettings.connections)) var httpConnections: String?
    @Option(help: .of(KnownSettings.queue)) var httpQueue: String?
    @Option(help: .of(KnownSettings.metricsHost)) var metricsHost: String?
    @Option(help: .of(KnownSettings.metricsPort)) var metricsPort: String?
    @Option(help: .of(KnownSettings.publicURL)) var publicURL: String?
    @Option(help: .of(KnownSettings.weightLimit)) var shippingWeightLimit: String?
    @Option(help: .of(KnownSettings.countries)) var shippingCountries: String?
    @Option(help: .of(KnownSettings.fulfillmentURL)) var fulfillmentURL: String?
    @Option(help: .of(KnownSettings.fulfillmentSecrets)) var fulfillmentSecrets: String?
    @Option(help: .of(KnownSettings.fulfillmentSecretsFile)) var fulfillmentSecretsFile: String?
    @Option(help: .of(KnownSettings.fulfillmentConcurrency)) var fulfillmentConcurrency: String?
    @Option(help: .of(KnownSettings.inboundSecrets)) var inboundSecrets: String?
    @Option(help: .of(KnownSettings.inboundSecretsFile)) var inboundSecretsFile: String?
    @Option(help: .of(KnownSettings.organizationName)) var organizationName: String?
    @Option(help: .of(KnownSettings.organizationEmail)) var organizationEmail: String?
    @Option(help: .of(KnownSettings.organizationPhone)) var organizationPhone: String?
    @Option(help: .of(KnownSettings.organizationHours)) var organizationHours: String?
    @Option(help: .of(KnownSettings.organizationReturnAddress)) var organizationReturnAddress: String?
    @Option(help: .of(KnownSettings.organizationDeliveryPromise)) var organizationDeliveryPromise: String?
    @Option(help: .of(KnownSettings.retentionDays)) var retentionDays: String?

    /// By key, what was given.
    var given: [String: String] {
        let pairs: [(String, String?)] = [
            (KnownSettings.httpHost.key, httpHost),
            (KnownSettings.httpPort.key, httpPort),
            (KnownSettings.trustedProxies.key, httpTrustedProxies),
            (KnownSettings.corsOrigins.key, httpCorsOrigins),
            (KnownSettings.ordersPerMinute.key, httpRateOrders),
            (KnownSettings.statusPerMinute.key, httpRateStatus),
            (KnownSettings.signinsPerMinute.key, httpRateSignin),
            (KnownSettings.connectionsPerAddress.key, httpConnectionsPerAddress),
            (KnownSettings.connections.key, httpConnections),
            (KnownSettings.queue.key, httpQueue),
            (KnownSettings.metricsHost.key, metricsHost),
            (KnownSettings.metricsPort.key, metricsPort),
            (KnownSettings.publicURL.key, publicURL),
            (KnownSettings.weightLimit.key, shippingWeightLimit),
            (KnownSettings.countries.key, shippingCountries),
            (KnownSettings.fulfillmentURL.key, fulfillmentURL),
            (KnownSettings.fulfillmentSecrets.key, fulfillmentSecrets),
            (KnownSettings.fulfillmentSecretsFile.key, fulfillmentSecretsFile),
            (KnownSettings.fulfillmentConcurrency.key, fulfillmentConcurrency),
            (KnownSettings.inboundSecrets.key, inboundSecrets),
            (KnownSettings.inboundSecretsFile.key, inboundSecretsFile),
            (KnownSettings.organizationName.key, organizationName),
            (KnownSettings.organizationEmail.key, organizationEmail),
            (KnownSettings.organizationPhone.key, organizationPhone),
            (KnownSettings.organizationHours.key, organizationHours),
            (KnownSettings.organizationReturnAddress.key, organizationReturnAddress),
            (KnownSettings.organizationDeliveryPromise.key, organizationDeliveryPromise),
            (KnownSettings.retentionDays.key, retentionDays),
        ]
        return pairs.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
}
