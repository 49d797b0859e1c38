import Fulfillment
import Logging
import Orders

/// Every setting there is, in the order in which it is shown. A key that is not here is a mistake.
enum KnownSettings {
    static let httpHost = Setting("http.host", default: "127.0.0.1", .host, "Address the service listens on.")
    static let httpPort = Setting(
        "http.port", default: "8080", .whole(0...65535, zeroMeans: "any free port"), "Port the service listens on.")
    static let trustedProxies = Setting(
        "http.trusted.proxies", default: "", .ranges,
        "Proxies whose X-Forwarded-For is believed; without any it is ignored.")
    static let corsOrigins = Setting(
        "http.cors.origins", default: "", .origins, "Web sites whose pages may place orders with fetch.")
    static let ordersPerMinute = Setting(
        "http.rate.orders", default: "30", .whole(0...1_000_000, zeroMeans: "no limit"),
        "Orders per address and minute.")
    static let statusPerMinute = Setting(
        "http.rate.status", default: "120", .whole(0...1_000_000, zeroMeans: "no limit"),
        "Status look-ups per address and minute.")
    static let signinsPerMinute = Setting(
        "http.rate.signin", default: "10", .whole(0...1_000_000, zeroMeans: "no limit"),
        "Sign-ins and wrong staff credentials per address and minute.")
    static let connectionsPerAddress = Setting(
        "http.connections.per.address", default: "64", .whole(0...1_000_000, zeroMeans: "no cap"),
        "Open connections per address; trusted proxies have no cap.")
    static let connections = Setting(
        "http.connections", default: "4096", .whole(0...1_000_000, zeroMeans: "no cap"),
        "Open connections in all; beyond it the one that keeps us waiting longest is closed.")
    static let queue = Setting(
        "http.queue", default: "2000", .whole(1...1_000_000),
        "Requests that may wait for the database before the next are answered 503.")
    static let metricsHost = Setting("metrics.host", default: "127.0.0.1", .host, "Address for GET /metrics.")
    static let metricsPort = Setting(
        "metrics.port", default: "9464", .whole(0...65535, zeroMeans: "any free port"), "Port for GET /metrics.")
    static let publicURL = Setting(
        "public.url", default: "http://127.0.0.1:8080", .secureURL,
        "What readers type: the start of every link that leaves the service.")
    static let database = Setting("database.url", default: "sqlite:mailroom.db", .database, "The database's file.")
    static let weightLimit = Setting(
        "shipping.weight.limit", default: "20 lb", .weight, "What one order may weigh, goods only, inclusive.")
    static let countries = Setting(
        "shipping.countries", default: "US", .countries, "Countries that orders are mailed to.")
    static let fulfillmentURL = Setting(
        "fulfillment.url", default: nil, .secureURL, "The fulfillment house's webhook.", isNeededByServe: true)
    static let fulfillmentSecrets = Setting(
        "fulfillment.secrets", default: nil, .secrets, "Secrets that sign what we send the house; all of them sign.",
        isSecret: true, isNeededByServe: true)
    static let fulfillmentSecretsFile = Setting(
        "fulfillment.secrets.file", default: nil, .path, "File that holds fulfillment.secrets instead.")
    static let fulfillmentConcurrency = Setting(
        "fulfillment.concurrency", default: "16", .whole(1...1024), "Deliveries under way to the house at once.")
    static let inboundSecrets = Setting(
        "inbound.secrets", default: nil, .secrets, "Secrets that the house signs with; any of them may verify.",
        isSecret: true, isNeededByServe: true)
    static let inboundSecretsFile = Setting(
        "inbound.secrets.file", default: nil, .path, "File that holds inbound.secrets instead.")
    static let organizationName = Setting(
        "organization.name", default: "Sample Cancer Support Organization", .text, "Shown on pages and slips.")
    static let organizationEmail = Setting(
        "organization.email", default: "publications@example.org", .text, "Where readers write to.")
    static let organizationPhone = Setting(
        "organization.phone", default: "+1 202-555-0147", .text, "Where readers call.")
    static let organizationHours = Setting(
        "organization.hours",
        default: "Monday to Friday, 9 am to 5 pm Eastern Time | De lunes a viernes, de 9 a 5, hora del este", .text,
        "When somebody answers the phone: in English, then after | in Spanish.")
    static let organizationReturnAddress = Setting(
        "organization.return.address", default: "100 Example Street, Washington, DC 20001", .text,
        "Where parcels go back to; on slips.")
    static let organizationDeliveryPromise = Setting(
        "organization.delivery.promise",
        default: "Most orders arrive within 2 to 3 weeks. | Casi todos los pedidos llegan en 2 o 3 semanas.", .text,
        "What readers are told to expect: in English, then after | in Spanish.")
    static let timeZone = Setting(
        "time.zone", default: "America/New_York", .timeZone, "What a day is when staff give dates.")
    static let retentionDays = Setting(
        "retention.days", default: "90", .whole(1...365),
        "Days after an order's final status until its personal data is erased; at the latest 365 after placing.")
    static let logLevel = Setting("log.level", default: "info", .level, "What is worth a line in the log.")
    static let logFormat = Setting("log.format", default: "text", .format, "How the log is written.")

    static let rows: [SettingRow] = [
        httpHost.row, httpPort.row, trustedProxies.row, corsOrigins.row, ordersPerMinute.row, statusPerMinute.row,
        signinsPerMinute.row, connectionsPerAddress.row, connections.row, queue.row, metricsHost.row, metricsPort.row,
        publicURL.row, database.row, weightLimit.row, countries.row, fulfillmentURL.row, fulfillmentSecrets.row,
        fulfillmentSecretsFile.row, fulfillmentConcurrency.row, inboundSecrets.row, inboundSecretsFile.row,
        organizationName.row, organizationEmail.row, organizationPhone.row, organizationHours.row,
        organizationReturnAddress.row, organizationDeliveryPromise.row, timeZone.row, retentionDays.row,
        logLevel.row, logFormat.row,
    ]

    /// Secrets that may come from a file, by key.
    static let fileKeyBySecretKey = [
        fulfillmentSecrets.key: fulfillmentSecretsFile.key, inboundSecrets.key: inboundSecretsFile.key,
    ]

    static func row(_ key: String) -> SettingRow? { rows.first { $0.key == key } }
}
