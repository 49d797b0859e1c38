import Fulfillment
import Orders
import SQLiteStore

/// Looks into the outbox again and again, and sends what is new there, or was resent, to a developer's machine.
struct EventForwarding: Sendable {
    /// As many of the latest deliveries are watched for being resent.
    static let watched = 10_000
    static let pauseMilliseconds: Int64 = 500

    let database: OrderDatabase
    let transport: any WebhookTransport
    let signer: WebhookSigner
    let url: String
    let clock: any Clock
    /// Called for each event that was forwarded.
    let tell: @Sendable (Forwarded) -> Void

    struct Forwarded: Sendable {
        let id: String
        let type: String
        let orderNumber: String
        let isResent: Bool
        /// Nil when no answer came.
        let status: Int?
        let problem: String?
    }

    /// Goes on until the task is cancelled.
    /// - Parameters:
    ///   - count: begins with so many that are there already.
    ///   - whenListening: called once it is known what is there: everything later is new.
    func run(beginningWith count: Int, whenListening: @Sendable () throws -> Void) async throws {
        var seen: [EventID: AnnouncementMark] = [:]
        let first = try await database.announcements(latest: Self.watched)
        for mark in first.dropFirst(count) { seen[mark.id] = mark }
        // Older ones that leave the window must not come back as new ones.
        var newestSeen = first.dropFirst(count).first?.id
        try whenListening()
        while !Task.isCancelled {
            let marks = try await database.announcements(latest: Self.watched)
            for mark in marks.reversed() {
                if let before = seen[mark.id] {
                    if mark.isResent(since: before) { try await forward(mark.id, isResent: true) }
                } else if newestSeen.map({ $0 < mark.id }) ?? true {
                    try await forward(mark.id, isResent: false)
                }
            }
            seen = Dictionary(marks.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
            newestSeen = [newestSeen, marks.first?.id].compactMap { $0 }.max()
            try await clock.wait(milliseconds: Self.pauseMilliseconds)
        }
    }

    private func forward(_ id: EventID, isResent: Bool) async throws {
        guard let payload = try await database.payload(of: id), let body = EventMask.masked(payload) else { return }
        let headers =
            [(name: "Content-Type", value: "application/json")]
            + signer.headers(id: id.description, at: clock.now, body: body)
        let event = try? JSONReader.read(body)
        var status: Int?
        var problem: String?
        do {
            status = try await transport.post(WebhookRequest(url: url, headers: headers, body: body)).status
        } catch {
            problem = "\(error.kind.rawValue): \(error.detail)"
        }
        tell(
            Forwarded(
                id: id.description, type: event?["type"]?.stringValue ?? "",
                orderNumber: event?["data"]?["order"]?["number"]?.stringValue ?? "", isResent: isResent,
                status: status, problem: problem))
    }
}
