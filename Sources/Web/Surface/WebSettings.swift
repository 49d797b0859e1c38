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
    /// Days after an order's end until its personal data is erased, for the privacy page; nil says nothing there.
    package var retentionDays: Int?
    /// The most bytes of a request's body, except a catalog import's.
    package var bodyLimitBytes = 64 << 10
    package var importLimitBytes = 8 << 20
    /// New orders per address and minute; 0 is no limit.
    package var ordersPerMinute = 0
    /// Looks at an order's status per address and minute; 0 is no limit.
    package var statusViewsPerMinute = 0
    /// Sign-ins and wrong staff credentials per address and minute; 0 is no limit.
    package var signinsPerMinute = 0
    /// The work of one guess at a staff password.
    package var passwordCost = PasswordHash.Cost.standard
    /// Open connections in all and per address; 0 is no limit.
    package var connections = 0
    package var connectionsPerAddress = 0
    /// Requests that may wait to be answered before the next are turned away.
    package var waitingAtMost = Int.max
    package var patience = Patience()
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
