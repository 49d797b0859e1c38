import ArgumentParser
import Foundation
import Fulfillment
import Orders
import SQLiteStore

struct SignUpdatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-updates",
        abstract: "Write signed package updates for the newest orders of a database, in random order.",
        discussion: """
            Each line is id, timestamp, signature and body, with tabs between. The signatures are good for five \
            minutes. Every run makes other parcels and other webhook ids. The server may be running.
            """)

    @Option(help: "The database, only read.", completion: .file()) var database: String
    @Option(help: "The house's secret, whsec_….") var secret: String
    @Option(help: "How many updates, each of another order.") var count: Int
    @Option(help: "The file to write.", completion: .file()) var out: String

    private static let ordersPerRead = 1000

    func validate() throws {
        guard (1...5_000_000).contains(count) else { throw ValidationError("the count is out of range") }
    }

    func run() async throws {
        guard let secret = WebhookSecret(secret) else { throw LoadFailure("the secret is not whsec_ and base64") }
        let store: OrderDatabase
        do {
            store = try OrderDatabase.openReadOnly(path: database)
        } catch {
            throw LoadFailure("\(database): \(error.message)")
        }
        let signing = UpdateSigning(signer: WebhookSigner(secrets: [secret]), now: SystemClock().now)
        var updates: [[UInt8]] = []
        for number in try await newest(of: store).shuffled() {
            guard let order = try await store.order(number) else { throw LoadFailure("an order is gone") }
            updates.append(signing.line(for: order, index: updates.count))
        }
        await store.close()
        try Data(updates.joined()).write(to: URL(fileURLWithPath: out))
        try Output.print { json in
            json.field("updates", updates.count)
            json.field("timestamp", Int(signing.now.seconds))
        }
    }

    private func newest(of store: OrderDatabase) async throws -> [OrderNumber] {
        var query = OrderQuery()
        query.limit = Self.ordersPerRead
        query.counts = false
        var numbers: [OrderNumber] = []
        while numbers.count < count {
            let page = try await store.orders(query)
            numbers += page.summaries.map(\.number)
            guard let next = page.next else { break }
            query.before = next
        }
        guard numbers.count >= count else { throw LoadFailure("there are only \(numbers.count) orders") }
        return Array(numbers.prefix(count))
    }
}

/// Makes lines for `updates.lua`.
struct UpdateSigning {
    let signer: WebhookSigner
    /// When it is signed, and when all of it happened.
    let now: Timestamp
    /// Tells this run's parcels from those of others.
    private let run = String(UInt64.random(in: .min ... .max), radix: 36)

    init(signer: WebhookSigner, now: Timestamp) {
        self.signer = signer
        self.now = now
    }

    func line(for order: Order, index: Int) -> [UInt8] {
        let id = "evt_\(run)_\(index)"
        let body = body(for: order, index: index)
        let headers = signer.headers(id: id, at: now, body: body).map(\.value)
        return Array(headers.joined(separator: "\t").utf8) + [0x09] + body + [0x0A]
    }

    private func body(for order: Order, index: Int) -> [UInt8] {
        let digits = String(now.seconds * 10_000_000 + Int64(index))
        var json = JSONWriter()
        json.object {
            $0.field("type", "package.updated")
            $0.field("timestamp", now)
            $0.object("data") {
                $0.field("order_number", order.number.description)
                $0.object("package") {
                    $0.field("id", "PKG-\(run)-\(index)")
                    $0.field("carrier", "usps")
                    $0.field("tracking_number", "94001\(digits)")
                    $0.field("tracking_url", "https://track.example.com/usps/94001\(digits)")
                    $0.field("status", "in_transit")
                    $0.array("items", order.lines) { line, json in
                        json.object {
                            $0.field("sku", line.sku)
                            $0.field("quantity", line.quantity)
                        }
                    }
                    $0.field("occurred_at", now)
                    $0.field("message", "Accepted at origin facility")
                    $0.field("location", "\(order.shipTo.city), \(order.shipTo.region)")
                }
            }
        }
        return json.bytes
    }
}
