import CurlTransport
import Foundation
import Fulfillment
import Logging
import Orders
import SQLiteStore
import Web

/// `serve --demo`: loopback only, everything in a temporary folder that is gone afterwards.
struct Demo: Sendable {
    let habits: HouseHabits

    func run(_ given: SettingSources, whenReady: @escaping @Sendable (Mailroom.Doors) -> Void) async throws {
        let folder = try Self.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        UnixSocket.makeFilesPrivate()
        let secrets = (ours: WebhookSecret.random(), theirs: WebhookSecret.random())
        let housePort = try LoopbackPort.pick()
        var sources = given
        sources.demo = try Self.settings(given, folder: folder, housePort: housePort, secrets: secrets)
        let settings = try Settings.load(sources, for: .serve)
        let url = settings.publicURL

        do {
            _ = try OrderDatabase.migrate(path: settings.databasePath)
        } catch {
            throw Failure(error, database: settings.databasePath)
        }
        let clock = SystemClock()
        let mailroom = try Mailroom.open(settings, clock: clock)
        let credential = StaffCredential.random()
        let password = OneTimePassword.random()
        try await Self.seed(mailroom.database, credential: credential, password: password, at: clock.now)

        let transport = try Mailroom.transport(maximumInFlight: 8)
        let house = SimulatedHouse(
            address: .init(host: "127.0.0.1", port: housePort), habits: habits, secrets: [secrets.ours],
            inboundSecret: secrets.theirs, mailroomURL: url, transport: transport, clock: clock,
            logger: Logger(label: "house"), say: { line in try? Terminal.print("house: \(line)\n") })
        let welcome = Welcome(
            url: url, token: credential.text, password: password, folder: folder, seed: habits.seed, secrets: secrets)
        try await mailroom.run(beside: [Closing(name: "house's transport") { await transport.stop() }, house]) {
            doors in
            try? Terminal.print(welcome.text)
            whenReady(doors)
        }
        Terminal.warn("The demo has ended, and what it stored is removed.")
    }

    /// What the demo decides over whatever the file, the environment or the options say.
    private static func settings(
        _ given: SettingSources, folder: String, housePort: Int, secrets: (ours: WebhookSecret, theirs: WebhookSecret)
    ) throws -> [String: String] {
        // Links must name the port, so a free one is chosen here and not by the system.
        let asked = try SettingValues(given, for: .command).required(KnownSettings.httpPort)
        let port = asked == 0 ? try LoopbackPort.pick() : asked
        return [
            KnownSettings.httpHost.key: "127.0.0.1",
            KnownSettings.httpPort.key: String(port),
            KnownSettings.metricsHost.key: "127.0.0.1",
            KnownSettings.publicURL.key: "http://127.0.0.1:\(port)",
            KnownSettings.database.key: "sqlite:\(folder)/mailroom.db",
            KnownSettings.fulfillmentURL.key: "http://127.0.0.1:\(housePort)/webhooks/mailroom",
            KnownSettings.fulfillmentSecrets.key: secrets.ours.text,
            KnownSettings.inboundSecrets.key: secrets.theirs.text,
            // One person tries everything from one address.
            KnownSettings.ordersPerMinute.key: "0",
            KnownSettings.statusPerMinute.key: "0",
            KnownSettings.signinsPerMinute.key: "0",
        ]
    }

    static let email = "demo@example.org"

    private static func makeFolder() throws(Failure) -> String {
        var template = Array((FileManager.default.temporaryDirectory.path + "/mailroom-demo-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(.cannotCreate, "cannot make a temporary folder: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The catalog that is built into the program, and a token and an account for everything.
    private static func seed(
        _ database: OrderDatabase, credential: StaffCredential, password: String, at now: Timestamp
    ) async throws {
        do {
            _ = try await database.put(try CatalogFile.read(sampleCatalog))
            _ = try await database.add(
                StaffToken(name: "demo", scopes: [.admin], createdAt: now), hash: credential.hash)
            _ = try await database.add(
                StaffAccount(name: "demo", email: Self.email, role: .admin, createdAt: now),
                password: try await Passwords().hash(password))
        } catch let error as StoreError {
            throw Failure(error)
        } catch is InvalidFields {
            throw Failure(.software, "the catalog that is built in cannot be read")
        }
    }

    /// `Config/catalog.csv`, as it was when the program was built.
    static var sampleCatalog: [UInt8] { PackageResources.catalog_csv }
}

/// What a newcomer reads first: where it is, the secrets, and three commands to paste.
private struct Welcome: Sendable {
    let url: String
    let token: String
    let password: String
    let folder: String
    let seed: UInt64
    let secrets: (ours: WebhookSecret, theirs: WebhookSecret)

    /// How this program was called, for a shell.
    private var program: String { CommandLine.arguments.first ?? "mailroom" }

    var text: String {
        """

        The demo is ready on \(url). Its database is temporary: Ctrl-C ends the demo and removes it.

          order, as a reader   \(url)/
          staff console        \(url)/staff
                               \(Demo.email), \(password)
          staff token          \(token)
          fulfillment.secrets  \(secrets.ours.text)
          inbound.secrets      \(secrets.theirs.text)
          house's seed         \(seed)

        Place an order:

          curl -sS \(url)/v1/orders -H 'Content-Type: application/json' -d '{"items": [{"sku": "FSAC-NET-EN", \
        "quantity": 5}], "ship_to": {"name": "Sample Reader", "line1": "1 Example Street", "city": "Springfield", \
        "region": "IL", "postal_code": "62701", "country": "US"}}' | tee \(folder)/order.json

        Watch it (again and again, until it is delivered):

          curl -sS \(url)/v1/orders/$(\(value("number"))) -H "Authorization: Bearer $(\(value("status_token")))"

        List the orders, as staff:

          curl -sS \(url)/v1/staff/orders -H 'Authorization: Bearer \(token)'

        Every other command works on it, too, such as orders list, or listen --forward-to URL:

          \(program) top --database-url sqlite:\(folder)/mailroom.db


        """
    }

    private func value(_ member: String) -> String {
        "sed -E 's/.*\"\(member)\":\"([^\"]*)\".*/\\1/' \(folder)/order.json"
    }
}
