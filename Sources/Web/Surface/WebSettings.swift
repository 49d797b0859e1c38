package import Orders

/// What the web surface is told by the settings (contract §8).
package struct WebSettings: Sendable {
    /// Where readers reach the service, without a slash at the end.
    package var publicURL: String
    package var rules: OrderRules
    /// Sites whose pages may use the public API with `fetch`, as browsers send them: `https://example.org`.
    package var corsOrigins: Set<String> = []
    package var organization = Organization()
    /// The zone in which staff mean their dates.
    package var timeZone = "America/New_York"
    /// The most bytes of a request's body, except a catalog import's.
    package var bodyLimitBytes = 64 << 10
    package var importLimitBytes = 8 << 20
    /// How long a body may take to arrive altogether.
    package var bodyDeadlineSeconds = 10
    /// New orders per address and minute; 0 is no limit.
    package var ordersPerMinute = 0
    /// Looks at an order's status per address and minute; 0 is no limit.
    package var statusViewsPerMinute = 0
    /// CIDR ranges of the proxies whose `X-Forwarded-For` is believed.
    package var trustedProxies: [AddressRange] = []

    package init(publicURL: String, rules: OrderRules) {
        self.publicURL = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        self.rules = rules
    }

    /// The page that shows an order's status to whoever holds its token.
    func statusURL(of order: Order) -> String {
        publicURL + (order.language == .spanish ? "/es/s/" : "/s/") + order.statusToken.text
    }
}

/// Whom the pages name, and how to reach them.
package struct Organization: Sendable {
    package var name = ""
    package var email = ""
    package var phone = ""
    package var hours = ""

    package init() {}
}
