import Fulfillment
import Orders
import ServiceLifecycle

/// Sends the house's messages, each at its time, signed, and again until they arrive.
struct HouseMessenger: Service, CustomStringConvertible {
    let description = "house's messenger"
    let desk: HouseDesk
    let transport: any WebhookTransport
    let signer: WebhookSigner
    /// `…/v1/webhooks/shipping`.
    let url: String
    let clock: any Clock
    let say: @Sendable (String) -> Void

    static let attempts = 12

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await reply in desk.replies {
                    group.addTask { try? await deliver(reply) }
                }
                group.cancelAll()
            }
        }
    }

    private func deliver(_ reply: HouseReply) async throws(CancellationError) {
        try await clock.wait(milliseconds: max(0, reply.dueAt.milliseconds - clock.now.milliseconds))
        guard desk.letsGo(reply) else { return }
        for attempt in 1...Self.attempts {
            let problem: String
            do {
                let response = try await transport.post(request(for: reply))
                if (200..<300).contains(response.status) {
                    return say("\(reply.orderNumber): sent \(reply.summary), answered \(response.status)")
                }
                problem = "answered \(response.status)"
                // What was refused once is refused again.
                if (400..<500).contains(response.status), response.status != 429 {
                    return say("\(reply.orderNumber): \(reply.summary) was refused, \(problem)")
                }
            } catch {
                problem = "\(error.kind)"
            }
            say("\(reply.orderNumber): \(reply.summary) did not arrive at \(url) (\(problem)), attempt \(attempt)")
            try await clock.wait(milliseconds: min(30_000, 500 << Int64(attempt)))
        }
        say("\(reply.orderNumber): gave up on \(reply.summary)")
    }

    private func request(for reply: HouseReply) -> WebhookRequest {
        let signed = signer.headers(id: reply.id, at: clock.now, body: reply.body)
        return WebhookRequest(
            url: url, headers: [(name: "Content-Type", value: "application/json")] + signed, body: reply.body)
    }
}
