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
        organization.hours = settings.organization.hours
        timeZone = settings.timeZone
        ordersPerMinute = settings.http.ordersPerMinute
        statusViewsPerMinute = settings.http.statusPerMinute
        trustedProxies = settings.http.trustedProxies
    }
}
