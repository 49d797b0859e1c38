import Orders
import Web

extension WebSettings {
    /// What the web surface takes of the settings.
    init(_ settings: Settings) {
        self.init(
            publicURL: settings.publicURL,
            rules: OrderRules(weightLimit: settings.weightLimit, countries: settings.countries))
        corsOrigins = Set(settings.http.corsOrigins)
        organization.name = settings.organization.name
        organization.email = settings.organization.email
        organization.phone = settings.organization.phone
        (organization.hours, organization.hoursInSpanish) = Self.bothLanguages(settings.organization.hours)
        (organization.deliveryPromise, organization.deliveryPromiseInSpanish) = Self.bothLanguages(
            settings.organization.deliveryPromise)
        organization.returnAddress = settings.organization.returnAddress
        timeZone = settings.timeZone
        retentionDays = settings.retentionDays
        ordersPerMinute = settings.http.ordersPerMinute
        statusViewsPerMinute = settings.http.statusPerMinute
        signinsPerMinute = settings.http.signinsPerMinute
        connections = settings.http.connections
        connectionsPerAddress = settings.http.connectionsPerAddress
        // So many may wait for the store, beside those that it is just writing, at most 128 in one commit.
        waitingAtMost = settings.http.queue + 128
        trustedProxies = settings.http.trustedProxies
    }

    /// `English | Spanish`; without the bar it is English alone.
    private static func bothLanguages(_ text: String) -> (english: String, spanish: String) {
        let parts = text.split(separator: "|", maxSplits: 1).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        return (parts.first ?? "", parts.count == 2 ? parts[1] : "")
    }
}
